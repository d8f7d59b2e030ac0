/**
 * A kubeconfig, as JSON, that reaches a GKE cluster with the caller's own Google credentials: it holds none itself.
 * `endpoint` is the API server's address without scheme, `ca` its authority's certificate in base64. The plugin is what
 * gcloud writes as well; it has to be on PATH wherever the kubeconfig is used.
 */
export const kubeconfig = (name: string, endpoint: string, ca: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: `https://${endpoint}`, "certificate-authority-data": ca } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            installHint: "Install gke-gcloud-auth-plugin, a component of the gcloud CLI, and put it on PATH.",
            provideClusterInfo: true,
          },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
