/**
 * A kubeconfig, as JSON, that reaches an EKS cluster with the caller's own AWS credentials: it holds none itself.
 * `server` is the API server's address, `ca` its authority's certificate in base64. The AWS CLI has to be on PATH wherever
 * the kubeconfig is used.
 */
export const kubeconfig = (at: { cluster: string; region: string }, server: string, ca: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: at.cluster, cluster: { server, "certificate-authority-data": ca } }],
    users: [
      {
        name: at.cluster,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", at.cluster, "--region", at.region, "--output", "json"],
            // The token is signed for the region's own STS: there is no global one in most partitions.
            env: [{ name: "AWS_STS_REGIONAL_ENDPOINTS", value: "regional" }],
            installHint: "Install the AWS CLI, version 2, and put it on PATH.",
            interactiveMode: "Never",
          },
        },
      },
    ],
    contexts: [{ name: at.cluster, context: { cluster: at.cluster, user: at.cluster } }],
    "current-context": at.cluster,
  });
