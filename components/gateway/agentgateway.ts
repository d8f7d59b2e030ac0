import { releases } from "../../catalog/releases";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { podsOf, tcp } from "../traffic";
import { drainSeconds, type Implement, keepalive, proxyNamespace, proxyResources } from "./implementation";
import { AgentgatewayParameters, AgentgatewayPolicy, agentgatewayGroup, gatewayGroup } from "./types";

/** agentgateway: the default. Its controller creates the class itself (v1.4.1 values.yaml, `gatewayClassName`). */
export const agentgateway: Implement = ({ replicas, gatewayApi, inferenceExtension, mirror }, parent) => {
  const child = { parent };
  const definitions = new Release({ release: "agentgateway-crds", mirror, after: [gatewayApi] }, child);
  const namespace = new Namespace(
    "agentgateway-system",
    {
      name: releases.agentgateway.namespace,
      podSecurity: "restricted",
      // Proxies ask it what to do: v1.4.1 values.yaml, `controller.service.ports.agwGrpc`.
      traffic: { callApi: true, ingress: [{ from: [podsOf(proxyNamespace)], ports: tcp(9978) }] },
    },
    child,
  );
  const controllerImage = releaseImage("agentgateway", "controller", mirror);
  const proxyImage = releaseImage("agentgateway", "agentgateway", mirror);
  const controller = new Release(
    {
      release: "agentgateway",
      mirror,
      namespaces: [namespace],
      after: [gatewayApi, inferenceExtension, definitions],
      values: {
        controller: {
          image: {
            registry: controllerImage.registry,
            repository: controllerImage.path,
            tag: controllerImage.tag,
          },
        },
        proxy: { image: { registry: proxyImage.registry, repository: proxyImage.path, tag: proxyImage.tag } },
        // Without it an InferencePool is not a backend that a route may name.
        inferenceExtension: { enabled: true },
        podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } },
      },
    },
    child,
  );
  const defined = { parent, dependsOn: [definitions] };
  return {
    gatewayClassName: "agentgateway",
    controller,
    before: [controller],
    ranges: [],
    proxies: { port: 80, controller: namespace.name },
    parameters: (name, gatewayNamespace) => {
      const parameters = new AgentgatewayParameters(
        name,
        {
          metadata: { name, namespace: gatewayNamespace },
          spec: {
            resources: proxyResources,
            // A stopping proxy lets the answers that it is streaming come to an end.
            shutdown: { min: 10, max: drainSeconds },
            logging: { format: "json" },
            deployment: {
              spec: {
                replicas,
                // What the controller's own template lacks of the level "restricted".
                template: { spec: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } } },
              },
            },
            podDisruptionBudget: { spec: { maxUnavailable: 1 } },
          },
        },
        defined,
      );
      return { group: agentgatewayGroup, kind: "AgentgatewayParameters", name: parameters.metadata.name };
    },
    policies: (gateway) => {
      new AgentgatewayPolicy(
        "inference-gateway",
        {
          metadata: { name: "inference-gateway", namespace: gateway.namespace },
          spec: {
            targetRefs: [{ group: gatewayGroup, kind: "Gateway", name: gateway.name }],
            frontend: {
              http: {
                // The endpoint picker reads whole request bodies. A prompt of 128k tokens is near the 2 MB that
                // agentgateway would buffer by default, and images in a prompt are beyond it.
                maxBufferSize: "16Mi",
                // A long prompt, or a full queue, keeps a stream silent for minutes before its first token.
                http2KeepaliveInterval: keepalive.interval,
                http2KeepaliveTimeout: keepalive.timeout,
              },
            },
          },
        },
        defined,
      );
    },
  };
};
