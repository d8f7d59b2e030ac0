import { resourceWith } from "../fixtures";
import { adding, changing, type Mutation } from "../mutation";

/** A patch of a ConfigMap of the stack: what it holds besides. */
const configured = (data: Record<string, string>) =>
  adding(
    resourceWith("kubernetes:core/v1:ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "thing", namespace: "tenant-search" },
      data,
    }),
  );

const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws-eusc:iam::999988887777:root" }, Action: "sts:AssumeRole" }],
});

export const boundaryMutations: readonly Mutation[] = [
  {
    rule: "sovereignty-partition",
    stack: "sovereign-aws-eu",
    when: "a node's policy is named in the commercial partition",
    patch: changing(
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      (props) => ({ ...props, policyArn: "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy" }),
      "node-AmazonEKSWorkerNodePolicy",
    ),
  },
  {
    rule: "sovereignty-partition",
    stack: "sovereign-gcp-eu",
    when: "the provider is that of another universe",
    patch: changing("pulumi:providers:gcp", (props) => ({ ...props, universeDomain: "s3nsapis.fr" })),
  },
  {
    rule: "sovereignty-state",
    stack: "sovereign-aws-eu",
    when: "nothing is stated of the state",
    change: { state: null },
  },
  {
    rule: "sovereignty-state",
    stack: "sovereign-gcp-eu",
    when: "the update is logged in to another backend",
    context: {
      state: {
        rehearsal: false,
        backend: "https://api.pulumi.com",
        secretsProvider: "gcpkms://projects/acme-ai-sovereign/locations/europe-west4/keyRings/pulumi/cryptoKeys/state",
      },
    },
  },
  {
    rule: "sovereignty-registry",
    stack: "sovereign-gcp-eu",
    when: "the exception for manifests is taken out",
    change: { policies: { "sovereignty-registry": null } },
  },
  {
    rule: "sovereignty-digest",
    stack: "sovereign-aws-eu",
    when: "the exception for images without a digest is taken out",
    change: { policies: { "sovereignty-digest": null } },
  },
  {
    rule: "sovereignty-model-source",
    stack: "sovereign-gcp-eu",
    when: "a model comes from a bucket in the US",
    change: { models: [{ name: "qwen3-32b", source: { uri: "gs://ai-models/qwen", region: "us-central1" } }] },
  },
  {
    rule: "sovereignty-model-source",
    stack: "local",
    when: "nobody states who runs the hub of its models",
    change: { jurisdiction: { endpoints: [] } },
  },
  {
    rule: "sovereignty-egress",
    stack: "sovereign-onprem-eu",
    when: "traces go to a host that nobody declared",
    patch: configured({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.eu01.nr-data.net:4317" }),
  },
  {
    rule: "sovereignty-egress",
    stack: "sovereign-onprem-eu",
    when: "the operator of a declared host is under another law",
    change: {
      jurisdiction: {
        endpoints: [
          { host: "s3.fr-par.scw.cloud", operator: "Scaleway SAS", jurisdiction: "eu", purpose: "state of the stack" },
          { host: "hooks.example.com", operator: "Example, Inc.", jurisdiction: "us", purpose: "alerts" },
        ],
      },
    },
    patch: configured({ "alerts.yaml": "receivers:\n  - url: https://hooks.example.com/x\n" }),
  },
  {
    rule: "sovereignty-trust",
    stack: "sovereign-aws-eu",
    when: "a role trusts another account",
    patch: changing("aws:iam/role:Role", (props) => ({ ...props, assumeRolePolicy: anybody }), "flow-logs"),
  },
  {
    rule: "sovereignty-trust",
    stack: "sovereign-gcp-eu",
    when: "nodes of another project may read its images",
    patch: changing(
      "gcp:projects/iAMMember:IAMMember",
      (props) => ({ ...props, member: "serviceAccount:nodes@other-project.iam.gserviceaccount.com" }),
      "nodes-reader",
    ),
  },
  {
    rule: "sovereignty-trust",
    stack: "onprem",
    when: "another trust domain is federated with",
    patch: adding(
      resourceWith("kubernetes:spire.spiffe.io/v1alpha1:ClusterFederatedTrustDomain", {
        apiVersion: "spire.spiffe.io/v1alpha1",
        kind: "ClusterFederatedTrustDomain",
        metadata: { name: "partner" },
        spec: { trustDomain: "partner.example.com", bundleEndpointProfile: { type: "https_web" } },
      }),
    ),
  },
];
