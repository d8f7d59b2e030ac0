import * as core from "@pulumi/kubernetes/core/v1";
import { type ComponentResource, type Input, interpolate } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import { customResource } from "../custom-resource";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { called, podsOf, tcp } from "../traffic";
import { drainSeconds, type Implement, proxyNamespace, proxyResources } from "./implementation";

/** Source: Istio 1.30, destinationrules.networking.istio.io. */
interface DestinationRuleSpec {
  readonly host: string;
  readonly trafficPolicy: { readonly tls: { readonly mode: "SIMPLE"; readonly insecureSkipVerify: boolean } };
}

const DestinationRule = customResource<DestinationRuleSpec>("istio-base", "DestinationRule");

const seccompProfile = { type: "RuntimeDefault" } as const;

/**
 * Istio as a gateway alone, without a mesh: no namespace asks for sidecars. istiod creates the class itself. Answers may
 * be silent for as long as they like, which is Istio's own way (pilot/pkg/networking/core/listener_builder.go).
 */
export const istio: Implement = ({ replicas, gatewayApi, inferenceExtension, mirror }, parent) => {
  const child = { parent };
  const base = new Release(
    {
      release: "istio-base",
      mirror,
      after: [gatewayApi],
      // Definitions and nothing else: the webhook is istiod's own, and nobody reads this cluster from another.
      values: { defaultRevision: "", global: { enableReaderRBAC: false, resourceScope: "cluster" } },
    },
    child,
  );
  const namespace = new Namespace(
    "istio-system",
    {
      name: releases.istiod.namespace,
      podSecurity: "restricted",
      traffic: {
        callApi: true,
        // Its webhooks; and proxies, which ask it for certificates and for what to do (manifests/charts/istio-control).
        ingress: [called(15017), { from: [podsOf(proxyNamespace)], ports: tcp(15010, 15012) }],
      },
    },
    child,
  );
  const pilot = releaseImage("istiod", "release/pilot", mirror);
  const controller = new Release(
    {
      release: "istiod",
      mirror,
      namespaces: [namespace],
      after: [gatewayApi, inferenceExtension, base],
      values: {
        global: { hub: pilot.repository.replace(/\/pilot$/, ""), tag: pilot.tag },
        // As many as there are proxies to be told, up to two. No autoscaler: the cluster may have no CPU metrics.
        autoscaleEnabled: false,
        replicaCount: Math.min(2, replicas),
        // Without it an InferencePool is not a backend that a route may name.
        env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" },
        seccompProfile,
        gateways: { seccompProfile },
        meshConfig: {
          // A request is sent again only if no server can have begun it. Istio's default also does so after a 503, which
          // may come from a server that is overloaded with it.
          defaultHttpRetryPolicy: { attempts: 1, retryOn: "connect-failure,refused-stream" },
          defaultConfig: { terminationDrainDuration: `${drainSeconds}s` },
        },
      },
    },
    child,
  );
  return {
    gatewayClassName: "istio",
    controller,
    before: [controller],
    ranges: [],
    proxies: { port: 80, controller: namespace.name },
    parameters: (name, gatewayNamespace) => {
      const overlay = (value: object) => JSON.stringify(value);
      const parameters = new core.ConfigMap(
        name,
        {
          metadata: { name, namespace: gatewayNamespace },
          // Laid over what istiod makes. Source: pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go.
          data: {
            deployment: overlay({
              spec: {
                replicas,
                template: {
                  spec: {
                    terminationGracePeriodSeconds: drainSeconds + 10,
                    containers: [{ name: "istio-proxy", resources: proxyResources }],
                  },
                },
              },
            }),
            podDisruptionBudget: overlay({ spec: { maxUnavailable: 1 } }),
          },
        },
        child,
      );
      return { group: "", kind: "ConfigMap", name: parameters.metadata.name };
    },
  };
};

export interface PickerConnection {
  readonly namespace: Input<string>;
  /** Name of the endpoint picker's Service. */
  readonly service: Input<string>;
}

/**
 * Has Istio call one model's endpoint picker by TLS, which is how pickers listen, with a certificate that they make
 * themselves. Source: llm-d-router v0.10.0 config/charts/llm-d-router-gateway/templates/istio.yaml.
 */
export const connectPicker = (
  name: string,
  { namespace, service }: PickerConnection,
  opts: { readonly parent: ComponentResource },
) =>
  new DestinationRule(
    name,
    {
      metadata: { name: service, namespace },
      spec: {
        host: interpolate`${service}.${namespace}.svc.cluster.local`,
        trafficPolicy: { tls: { mode: "SIMPLE", insecureSkipVerify: true } },
      },
    },
    opts,
  );
