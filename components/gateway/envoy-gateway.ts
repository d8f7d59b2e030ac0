import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type { ComponentResource, Resource } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import type { Mirror } from "../../stacks/environment";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { restrictedContainer, restrictedPod } from "../security";
import { called, podsOf, tcp, webhookPort } from "../traffic";
import { BackendTrafficPolicy, ClientTrafficPolicy, EnvoyProxy, envoyGatewayGroup, GatewayClass } from "./envoy-types";
import {
  drainSeconds,
  type Implement,
  keepalive,
  longestSilence,
  proxyNamespace,
  proxyResources,
} from "./implementation";
import { gatewayGroup, inferenceGroup } from "./types";

/** Name of the class, which the controller leaves to others to create. */
const gatewayClassName = "envoy-gateway";
const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";

/** User of the controller's image. Source: Envoy Gateway v1.9.0 charts/gateway-helm/values.tmpl.yaml. */
const controllerUser = 65532;

/** Where Envoy AI Gateway answers Envoy Gateway. Source: v1.1.0 charts/ai-gateway-helm/values.yaml, `controller.service`. */
const extension = { service: "ai-gateway-controller", port: 1063 } as const;

/**
 * Envoy Gateway, with Envoy AI Gateway behind it, which alone knows what an InferencePool is. Its proxies run in the
 * Gateway's namespace (its "gateway namespace mode"), and so under the labels of every other implementation.
 * Source: envoyproxy/ai-gateway v1.1.0 manifests/envoy-gateway-values.yaml, examples/inference-pool.
 */
export const envoyGateway: Implement = ({ replicas, gatewayApi, inferenceExtension, mirror }, parent) => {
  const child = { parent };
  const definitions = new Release(
    {
      release: "envoy-gateway-crds",
      mirror,
      after: [gatewayApi],
      values: { crds: { gatewayAPI: { enabled: false }, envoyGateway: { enabled: true } } },
    },
    child,
  );
  const aiDefinitions = new Release({ release: "envoy-ai-gateway-crds", mirror }, child);
  const aiGateway = installAiGateway(
    { mirror, after: [gatewayApi, inferenceExtension, aiDefinitions, definitions] },
    child,
  );
  const namespace = new Namespace(
    "envoy-gateway-system",
    {
      name: releases["envoy-gateway"].namespace,
      podSecurity: "restricted",
      traffic: {
        callApi: true,
        // Proxies ask it what to do: charts/gateway-helm/values.tmpl.yaml, `deployment.ports`.
        ingress: [{ from: [podsOf(proxyNamespace)], ports: tcp(18000, 18001, 18002) }],
        egress: [{ to: [podsOf(releases["envoy-ai-gateway"].namespace)], ports: tcp(extension.port) }],
      },
    },
    child,
  );
  const image = releaseImage("envoy-gateway", "envoyproxy/gateway", mirror);
  const proxy = releaseImage("envoy-gateway", "envoyproxy/envoy", mirror);
  const certificates = makeCertificates(namespace, `${image.repository}:${image.tag}`, child);
  const controller = new Release(
    {
      release: "envoy-gateway",
      mirror,
      namespaces: [namespace],
      after: [gatewayApi, inferenceExtension, definitions, aiGateway],
      values: {
        crds: { enabled: false },
        deployment: {
          envoyGateway: {
            image: { repository: image.repository, tag: image.tag },
            imagePullPolicy: "IfNotPresent",
          },
          replicas: Math.min(2, replicas),
        },
        topologyInjector: { enabled: false },
        config: {
          envoyGateway: {
            gateway: { controllerName },
            provider: { type: "Kubernetes", kubernetes: { deploy: { type: "GatewayNamespace" } } },
            extensionApis: { enableBackend: true },
            extensionManager: {
              backendResources: [{ group: inferenceGroup, kind: "InferencePool", version: "v1" }],
              hooks: {
                xdsTranslator: {
                  translation: {
                    listener: { includeAll: true },
                    route: { includeAll: true },
                    cluster: { includeAll: true },
                    secret: { includeAll: true },
                  },
                  post: ["Translation", "Cluster", "Route"],
                },
              },
              service: {
                fqdn: {
                  hostname: `${extension.service}.${releases["envoy-ai-gateway"].namespace}.svc.cluster.local`,
                  port: extension.port,
                },
              },
            },
          },
        },
      },
    },
    { parent, dependsOn: [certificates] },
  );
  const gatewayClass = new GatewayClass(
    gatewayClassName,
    { metadata: { name: gatewayClassName }, spec: { controllerName } },
    { parent, dependsOn: [controller] },
  );
  const defined = { parent, dependsOn: [definitions] };
  return {
    gatewayClassName,
    controller,
    before: [controller, gatewayClass],
    ranges: [],
    // Envoy listens where no right is needed: internal/gatewayapi/translator.go adds 10,000 to ports below 1,024.
    proxies: { port: 10_080, controller: namespace.name },
    parameters: (name, gatewayNamespace) => {
      const parameters = new EnvoyProxy(
        name,
        {
          metadata: { name, namespace: gatewayNamespace },
          spec: {
            provider: {
              type: "Kubernetes",
              kubernetes: {
                envoyDeployment: {
                  replicas,
                  container: { image: `${proxy.repository}:${proxy.tag}`, resources: proxyResources },
                },
                envoyPDB: { maxUnavailable: 1 },
              },
            },
            shutdown: { drainTimeout: `${drainSeconds}s` },
          },
        },
        defined,
      );
      return { group: envoyGatewayGroup, kind: "EnvoyProxy", name: parameters.metadata.name };
    },
    policies: (gateway) => {
      const metadata = { name: "inference-gateway", namespace: gateway.namespace };
      const targetRefs = [{ group: gatewayGroup, kind: "Gateway" as const, name: gateway.name }];
      new ClientTrafficPolicy(
        "inference-gateway",
        {
          metadata,
          spec: {
            targetRefs,
            timeout: { http: { streamIdleTimeout: longestSilence } },
            http2: { connectionKeepalive: keepalive },
          },
        },
        defined,
      );
      new BackendTrafficPolicy(
        "inference-gateway",
        {
          metadata,
          spec: {
            targetRefs,
            timeout: { http: { streamIdleTimeout: longestSilence } },
            // A request is sent again only if no server can have begun it.
            retry: { numRetries: 1, retryOn: { triggers: ["connect-failure", "refused-stream"] } },
          },
        },
        defined,
      );
    },
  };
};

function installAiGateway(
  { mirror, after }: { readonly mirror: Mirror; readonly after: readonly Release[] },
  child: { readonly parent: ComponentResource },
): Release {
  const release = "envoy-ai-gateway";
  const namespace = new Namespace(
    "envoy-ai-gateway-system",
    {
      name: releases[release].namespace,
      podSecurity: "restricted",
      traffic: {
        callApi: true,
        ingress: [
          called(webhookPort),
          { from: [podsOf(releases["envoy-gateway"].namespace)], ports: tcp(extension.port) },
        ],
      },
    },
    child,
  );
  const image = (name: string) => {
    const { repository, tag } = releaseImage(release, `envoyproxy/${name}`, mirror);
    return { repository, tag };
  };
  return new Release(
    {
      release,
      mirror,
      namespaces: [namespace],
      after,
      values: {
        controller: { image: image("ai-gateway-controller"), fullnameOverride: extension.service },
        extProc: { image: image("ai-gateway-extproc") },
        envoyGateway: { namespace: releases["envoy-gateway"].namespace },
      },
    },
    child,
  );
}

/**
 * Certificates between controller and proxies: what the chart leaves to a hook. Run again for a new version, which keeps
 * what is there. Source: Envoy Gateway v1.9.0 charts/gateway-helm/templates/{certgen,certgen-rbac}.yaml.
 */
function makeCertificates(
  namespace: Namespace,
  image: string,
  child: { readonly parent: ComponentResource },
): Resource {
  const name = "envoy-gateway-certgen";
  const metadata = { name, namespace: namespace.name };
  const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
  const role = new rbac.Role(
    name,
    { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "update"] }] },
    child,
  );
  const binding = new rbac.RoleBinding(
    name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name }],
    },
    child,
  );
  return new batch.Job(
    name,
    {
      metadata,
      spec: {
        backoffLimit: 3,
        template: {
          metadata: { labels: { "app.kubernetes.io/name": name } },
          spec: {
            restartPolicy: "Never",
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: true,
            securityContext: restrictedPod(controllerUser),
            containers: [
              {
                name: "certgen",
                image,
                command: ["envoy-gateway", "certgen"],
                args: ["--disable-topology-injector"],
                env: [
                  { name: "ENVOY_GATEWAY_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                  { name: "KUBERNETES_CLUSTER_DOMAIN", value: "cluster.local" },
                ],
                securityContext: restrictedContainer,
                resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
              },
            ],
          },
        },
      },
    },
    // A Job cannot change, and its name is its own.
    { ...child, dependsOn: [binding], deleteBeforeReplace: true },
  );
}
