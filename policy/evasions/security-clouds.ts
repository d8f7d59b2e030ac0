import { loadEnvironment } from "../../stacks/load";
import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { unknown } from "../rule";
import { container, deployment, here, object, podSpec } from "./security-objects";

const aws = contextOf(loadEnvironment("prod-aws"));
const gcp = contextOf(loadEnvironment("prod-gcp"));

type Attempt = Omit<Evasion, "context"> & Partial<Pick<Evasion, "context">>;

const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

const closed = { metadata: { name: "tenant-x" } };

/** Ways past the rules for rights, networks, endpoints, secrets and keys. */
const attempts: readonly Attempt[] = [
  {
    rule: "security-wildcard-permission",
    attempt: "a role may do everything with a subresource of everything",
    resources: [
      object("rbac.authorization.k8s.io/v1:ClusterRole", "a", {
        rules: [{ apiGroups: ["apps"], resources: ["*/scale"], verbs: ["update"] }],
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "a role without rules takes in those of others by their labels",
    resources: [
      object("rbac.authorization.k8s.io/v1:ClusterRole", "a", {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { mine: "yes" } }] },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "a role may bind roles, and so give itself any",
    resources: [
      object("rbac.authorization.k8s.io/v1:Role", "a", {
        rules: [{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["bind"] }],
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "a binding in one namespace names the group of administrators",
    resources: [
      object("rbac.authorization.k8s.io/v1:RoleBinding", "a", {
        roleRef: { kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "Group", name: "system:masters" }],
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "a list of roles is one resource",
    resources: [
      object("rbac.authorization.k8s.io/v1:ClusterRoleList", "a", {
        items: [{ rules: [{ apiGroups: [""], resources: ["*"], verbs: ["get"] }] }],
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "a policy allows all that it does not name",
    resources: [
      resourceWith("aws:iam/policy:Policy", {
        policy: document({ Effect: "Allow", NotAction: "organizations:*", Resource: "*" }),
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "one statement alone stands for the list, in lower case",
    resources: [
      resourceWith("aws:iam/rolePolicy:RolePolicy", {
        policy: JSON.stringify({ Statement: { Effect: "Allow", Action: "S3:*", Resource: ["arn:aws:s3:::*"] } }),
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "AWS' own policy for administrators is attached",
    resources: [
      resourceWith("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
        role: "node",
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "a role of another account administers the cluster by the name of a declared one",
    resources: [
      resourceWith("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", {
        principalArn: "arn:aws:iam::999999999999:role/PlatformAdmin",
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "the policy of a whole project is one text",
    resources: [
      resourceWith("gcp:projects/iAMPolicy:IAMPolicy", {
        project: "p",
        policyData: JSON.stringify({ bindings: [{ role: "roles/editor", members: ["user:a@example.org"] }] }),
      }),
    ],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-wildcard-permission",
    attempt: "the policy is not known yet",
    resources: [resourceWith("aws:iam/rolePolicy:RolePolicy", { policy: unknown })],
    context: aws,
    caught: "deferred",
  },
  {
    rule: "security-network-policy",
    attempt: "the policy for all pods closes what comes in alone, by saying nothing of what goes out",
    resources: [
      object("core/v1:Namespace", "tenant-x", closed),
      object("networking.k8s.io/v1:NetworkPolicy", "a", {
        metadata: { name: "a", namespace: "tenant-x" },
        spec: { podSelector: {} },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-network-policy",
    attempt: "the policy for all pods selects some",
    resources: [
      object("core/v1:Namespace", "tenant-x", closed),
      object("networking.k8s.io/v1:NetworkPolicy", "a", {
        metadata: { name: "a", namespace: "tenant-x" },
        spec: { podSelector: { matchLabels: { app: "a" } }, policyTypes: ["Ingress", "Egress"] },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-network-policy",
    attempt: "two halves of the internet are opened",
    resources: [
      object("networking.k8s.io/v1:NetworkPolicy", "a", {
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/1" } }, { ipBlock: { cidr: "128.0.0.0/1" } }] }],
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-network-policy",
    attempt: "all ports are one range of them",
    resources: [
      object("networking.k8s.io/v1:NetworkPolicy", "a", {
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [{ ports: [{ protocol: "TCP", port: 1, endPort: 65535 }] }],
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-network-policy",
    attempt: "the internet is opened in IPv6",
    resources: [
      object("networking.k8s.io/v1:NetworkPolicy", "a", {
        spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ ipBlock: { cidr: "::/0" } }] }] },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-network-policy",
    attempt: "what enforces policies is turned off in the settings of an add-on",
    resources: [
      resourceWith("aws:eks/addon:Addon", {
        addonName: "vpc-cni",
        configurationValues: JSON.stringify({ enableNetworkPolicy: "false" }),
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-network-policy",
    attempt: "what a policy lets in is not known yet",
    resources: [
      object("networking.k8s.io/v1:NetworkPolicy", "a", {
        spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: unknown },
      }),
    ],
    caught: "deferred",
  },
  {
    rule: "security-public-endpoint",
    attempt: "the API server's access is not stated, which at AWS is public",
    resources: [resourceWith("aws:eks/cluster:Cluster", { vpcConfig: { endpointPrivateAccess: true } })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a load balancer is kept inside by AWS' word, on Google",
    resources: [
      object("core/v1:Service", "a", {
        metadata: {
          name: "a",
          namespace: "tenant-search",
          annotations: { "service.beta.kubernetes.io/aws-load-balancer-internal": "true" },
        },
        spec: { type: "LoadBalancer" },
      }),
    ],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "of two annotations of AWS' one is for the internet",
    resources: [
      object("core/v1:Service", "a", {
        metadata: {
          name: "a",
          namespace: "tenant-search",
          annotations: {
            "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
            "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
          },
        },
        spec: { type: "LoadBalancer" },
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a Service of no special type takes an address of the internet",
    resources: [object("core/v1:Service", "a", { spec: { type: "ClusterIP", externalIPs: ["198.51.100.7"] } })],
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a security group is opened by a rule that is a resource of its own, in IPv6",
    resources: [
      resourceWith("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { cidrIpv6: "::/0", ipProtocol: "-1" }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a firewall rule says nothing of where from, nor in which direction",
    resources: [resourceWith("gcp:compute/firewall:Firewall", { network: "n", allows: [{ protocol: "tcp" }] })],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "the control plane of Google is reached by a name instead of an address",
    resources: [
      resourceWith("gcp:container/cluster:Cluster", {
        privateClusterConfig: { enablePrivateEndpoint: true, enablePrivateNodes: true },
        masterAuthorizedNetworksConfig: { cidrBlocks: [] },
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: true } },
      }),
    ],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a bucket is opened by a member of a binding",
    resources: [
      resourceWith("gcp:storage/bucketIAMBinding:BucketIAMBinding", {
        bucket: "b",
        role: "roles/storage.objectViewer",
        members: ["allusers"],
      }),
    ],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a bucket's policy lets anybody in, as AWS' principal",
    resources: [
      resourceWith("aws:s3/bucketPolicy:BucketPolicy", {
        policy: document({
          Effect: "Allow",
          Principal: { AWS: ["*"] },
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::b/*",
        }),
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "a Gateway beside the platform's uses a class of the internet",
    resources: [
      object("gateway.networking.k8s.io/v1:Gateway", "a", {
        spec: { gatewayClassName: "gke-l7-global-external-managed" },
      }),
    ],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-public-endpoint",
    attempt: "the type of a Service is not known yet",
    resources: [object("core/v1:Service", "a", { spec: { type: unknown } })],
    caught: "deferred",
  },
  {
    rule: "security-secret-encryption",
    attempt: "encryption is stated for nothing",
    resources: [
      resourceWith("aws:eks/cluster:Cluster", {
        encryptionConfig: { provider: { keyArn: "arn:aws:kms:eu-north-1:1:key/k" }, resources: [] },
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-secret-encryption",
    attempt: "a key is given, and encryption turned off beside it",
    resources: [
      resourceWith("gcp:container/cluster:Cluster", {
        databaseEncryption: { state: "DECRYPTED", keyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" },
      }),
    ],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-secret-encryption",
    attempt: "a private key stands in a ConfigMap as base64",
    resources: [
      object("core/v1:ConfigMap", "a", {
        binaryData: { key: Buffer.from(`-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}\n`).toString("base64") },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-secret-encryption",
    attempt: "a token stands in an annotation",
    resources: [
      deployment("a", podSpec(), {
        props: {
          metadata: { name: "a", namespace: "tenant-search", annotations: { note: `use hf_${"x9".repeat(17)}` } },
          spec: {},
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-secret-encryption",
    attempt: "a password is part of an address in a chart's values",
    resources: [
      resourceWith("kubernetes:helm.sh/v4:Chart", {
        chart: "openfga",
        values: { datastore: { uri: "postgres://fga:hunter2hunter2@db:5432/fga" } },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-secret-encryption",
    attempt: "of a Secret's two maps one is marked as secret",
    resources: [
      object("core/v1:Secret", "a", { data: { a: "eA==" }, stringData: { b: "y" } }, { secrets: [["data"]] }),
    ],
    caught: "violation",
  },
  {
    rule: "security-cloud-key",
    attempt: "the program makes a key of a user",
    resources: [resourceWith("aws:iam/accessKey:AccessKey", { user: "ci" })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "security-cloud-key",
    attempt: "a key of a bucket in another cloud's form",
    resources: [resourceWith("gcp:storage/hmacKey:HmacKey", { serviceAccountEmail: "a@p.iam.gserviceaccount.com" })],
    context: gcp,
    caught: "violation",
  },
  {
    rule: "security-cloud-key",
    attempt: "a whole Secret becomes variables",
    resources: [
      deployment("a", podSpec({ containers: [container({ envFrom: [{ secretRef: { name: "aws-credentials" } }] })] })),
    ],
    caught: "violation",
  },
  {
    rule: "security-cloud-key",
    attempt: "a file of a key is one source of a projected volume",
    resources: [
      deployment(
        "a",
        podSpec({
          volumes: [
            {
              name: "v",
              projected: { sources: [{ secret: { name: "x", items: [{ key: "service-account.json", path: "k" }] } }] },
            },
          ],
        }),
      ),
    ],
    caught: "violation",
  },
  {
    rule: "security-cloud-key",
    attempt: "a token of the cluster is made to last",
    resources: [object("core/v1:Secret", "a", { type: "kubernetes.io/service-account-token" })],
    caught: "violation",
  },
];

export const cloudEvasions: readonly Evasion[] = attempts.map((attempt) => ({ context: here, ...attempt }));
