import type { input as inputs } from "@pulumi/kubernetes/types";
import { imageReference, images } from "../../catalog/images";
import type { Mirror } from "../../stacks/environment";
import { restrictedContainer } from "../security";

/** vLLM behind the sidecar. Source: llm-d-router v0.10.0 deploy/components/vllm-decode. */
export const behindSidecarPort = 8200;

/** User of the sidecar image. Source: llm-d-router v0.10.0 Dockerfile.sidecar. */
const sidecarUser = 65532;

/**
 * Fetches the prefill that the endpoint picker chose before it hands a request to vLLM. A sidecar in Kubernetes' sense:
 * it starts before the server and stops after it.
 */
export const routingSidecar = (port: number, mirror: Mirror): inputs.core.v1.Container => ({
  name: "routing-sidecar",
  image: imageReference(images.routingSidecar, mirror),
  args: [
    `--port=${port}`,
    `--model-server-port=${behindSidecarPort}`,
    "--kv-connector=nixlv2",
    // The gateway speaks plain HTTP to its pools.
    "--secure-proxy=false",
  ],
  restartPolicy: "Always",
  ports: [{ name: "http", containerPort: port }],
  securityContext: { ...restrictedContainer, runAsUser: sidecarUser },
  resources: { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "1Gi" } },
});
