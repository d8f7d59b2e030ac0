import { expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { type Context, type Properties, type Resource, describe as text, unknown } from "../rule";
import { publicEndpoint } from "./public-endpoint";
import { isInternet, isOwn } from "./ranges";
import { fields, findings, kinds, object } from "./testing";

const aws = contextOf(loadEnvironment("prod-aws"));
const devAws = contextOf(loadEnvironment("dev-aws"));
const gcp = contextOf(loadEnvironment("prod-gcp"));

const gateway = (annotations: Properties | undefined, over: Properties = {}) =>
  object("gateway.networking.k8s.io/v1:Gateway", {
    metadata: { name: "inference-gateway", namespace: "inference-gateway" },
    spec: { gatewayClassName: "agentgateway", ...(annotations && { infrastructure: { annotations } }), ...over },
  });
const inside = { "networking.gke.io/load-balancer-type": "Internal" };
const eks = (vpcConfig: Properties) => resourceWith("aws:eks/cluster:Cluster", { vpcConfig });

test("says what it is", () => {
  expect(publicEndpoint).toMatchObject({
    id: "security-public-endpoint",
    concern: "security",
    severity: "critical",
  });
  expect(publicEndpoint.title).toBe("Nothing is public that is not declared so");
});

test("lets through what stays inside", () => {
  expect(findings(publicEndpoint, gateway(inside), gcp)).toEqual([]);
  expect(findings(publicEndpoint, eks({ endpointPrivateAccess: true, endpointPublicAccess: false }), aws)).toEqual([]);
  expect(findings(publicEndpoint, object("core/v1:Service", { spec: { ports: [] } }), aws)).toEqual([]);
  expect(findings(publicEndpoint, resourceWith("aws:ec2/subnet:Subnet", { mapPublicIpOnLaunch: false }), aws)).toEqual(
    [],
  );
});

test("a gateway is public where the environment says so, and no other is", () => {
  const open = {
    ...gcp,
    environment: { ...gcp.environment, gateway: { ...gcp.environment.gateway, exposure: "public" as const } },
  };
  expect(findings(publicEndpoint, gateway(undefined), open)).toEqual([]);
  const other = {
    ...gateway(undefined),
    props: { ...gateway(undefined).props, metadata: { name: "mine", namespace: "tenant-search" } },
  };
  expect(findings(publicEndpoint, other, open)).toMatchObject([{ kind: "violation" }]);
});

test("reads aloud", () => {
  expect(text(findings(publicEndpoint, gateway(undefined), gcp)[0]!)).toBe(
    "[security-public-endpoint] thing (kubernetes:gateway.networking.k8s.io/v1:Gateway): spec.infrastructure.annotations do not " +
      "keep its load balancer inside the network, and the environment does not declare it public. Remedy: leave gateway.exposure " +
      "at internal, or state gateway.exposure: public where models are to be called from the internet.",
  );
});

test("the API server is reached from outside by the ranges that the environment names alone", () => {
  const from = (...publicAccessCidrs: string[]) => eks({ endpointPublicAccess: true, publicAccessCidrs });
  expect(findings(publicEndpoint, from("203.0.113.0/24"), devAws)).toEqual([]);
  expect(fields(publicEndpoint, from("203.0.113.0/24", "0.0.0.0/0"), devAws)).toEqual([
    "vpcConfig.publicAccessCidrs[1]",
  ]);
  expect(fields(publicEndpoint, from("203.0.113.0/24"), aws)).toEqual(["vpcConfig.endpointPublicAccess"]);
  expect(fields(publicEndpoint, eks({ endpointPublicAccess: true }), devAws)).toEqual(["vpcConfig.publicAccessCidrs"]);
});

const resource = (type: string, props: Properties) => resourceWith(type, props);

test.each<[string, Resource, Context]>([
  ["spec.type", object("core/v1:Service", { spec: { type: "NodePort" } }), aws],
  ["spec.type", object("core/v1:Service", { spec: { type: "LoadBalancer" } }), aws],
  ["spec.externalIPs[0]", object("core/v1:Service", { spec: { externalIPs: ["198.51.100.1"] } }), aws],
  ["spec", object("networking.k8s.io/v1:Ingress", { spec: {} }), aws],
  ["spec.gatewayClassName", gateway(undefined, { gatewayClassName: "gke-l7-regional-external-managed" }), gcp],
  ["mapPublicIpOnLaunch", resource("aws:ec2/subnet:Subnet", { mapPublicIpOnLaunch: true }), aws],
  ["instance", resource("aws:ec2/eip:Eip", { instance: "i-1" }), aws],
  ["internal", resource("aws:lb/loadBalancer:LoadBalancer", {}), aws],
  [
    "ingress[0].cidrBlocks[0]",
    resource("aws:ec2/securityGroup:SecurityGroup", { ingress: [{ cidrBlocks: ["0.0.0.0/0"] }] }),
    aws,
  ],
  [
    "cidrBlocks[0]",
    resource("aws:ec2/securityGroupRule:SecurityGroupRule", { type: "ingress", cidrBlocks: ["0.0.0.0/0"] }),
    aws,
  ],
  [
    "networkInterfaces[0].associatePublicIpAddress",
    resource("aws:ec2/launchTemplate:LaunchTemplate", { networkInterfaces: [{ associatePublicIpAddress: "true" }] }),
    aws,
  ],
  [
    "blockPublicPolicy",
    resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
      blockPublicAcls: true,
      blockPublicPolicy: false,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
    aws,
  ],
  ["publiclyAccessible", resource("aws:rds/instance:Instance", { publiclyAccessible: true }), aws],
  ["networkConfig.enablePrivateNodes", resource("gcp:container/nodePool:NodePool", {}), gcp],
  ["sourceRanges[0]", resource("gcp:compute/firewall:Firewall", { allows: [{}], sourceRanges: ["0.0.0.0/0"] }), gcp],
  ["loadBalancingScheme", resource("gcp:compute/forwardingRule:ForwardingRule", {}), gcp],
  ["publicAccessPrevention", resource("gcp:storage/bucket:Bucket", {}), gcp],
  ["member", resource("gcp:storage/bucketIAMMember:BucketIAMMember", { member: "allUsers" }), gcp],
  [
    "masterAuthorizedNetworksConfig",
    resource("gcp:container/cluster:Cluster", {
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
    }),
    gcp,
  ],
])("refuses %s of %s", (field, judged, context) => {
  expect(findings(publicEndpoint, judged, context)).toMatchObject([{ kind: "violation", field }]);
});

test("tells one's own ranges from the internet", () => {
  for (const range of ["10.0.0.0/8", "172.31.0.0/16", "192.168.1.0/24", "100.64.0.0/10", "fd00::/8"])
    expect(isOwn(range)).toBe(true);
  for (const range of ["172.32.0.0/16", "0.0.0.0/0", "10.0.0.0/7", "8.8.8.8", "2001:db8::/32", "x"])
    expect(isOwn(range)).toBe(false);
  expect(["0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3"].every(isInternet)).toBe(true);
  expect(["203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32"].some(isInternet)).toBe(false);
});

test.each<[string, Resource]>([
  ["the API server's access", eks({ endpointPublicAccess: unknown })],
  ["a Service's type", object("core/v1:Service", { spec: { type: unknown } })],
  ["a group's rules", resource("aws:ec2/securityGroup:SecurityGroup", { ingress: unknown })],
])("%s not known yet is deferred to up, and refused there", (_name, judged) => {
  expect(kinds(publicEndpoint, judged, aws)).toEqual(["deferred", "violation"]);
});
