import * as apps from "@pulumi/kubernetes/apps/v1";
import type { input as inputs } from "@pulumi/kubernetes/types";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import type { GpuPool, Mirror } from "../../stacks/environment";
import { releaseImage } from "../release";
import { gpuDaemonTolerations } from "../scheduling/placement";
import { nodeAffinity } from "./dra-driver";

export interface MigPluginArgs {
  /** Pools whose GPUs are cut by MIG. */
  readonly pools: readonly GpuPool[];
  /** Where the driver lives on their nodes. */
  readonly driverRoot: string;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Labels of its pods, of which the chart's own have none. */
const labels = { "app.kubernetes.io/name": "dra-driver-nvidia-gpu", "app.kubernetes.io/component": "mig-plugin" };

/** The chart's account for its plugin, with the rights that both need. Source: templates/_helpers.tpl, rbac-kubeletplugin.yaml. */
const serviceAccountName = "dra-driver-nvidia-gpu-service-account-kubeletplugin";

const healthPort = 51516;

/** Folders of the node, by the name of their volume. */
const folders = {
  "plugins-registry": "/var/lib/kubelet/plugins_registry",
  plugins: "/var/lib/kubelet/plugins",
  cdi: "/var/run/cdi",
} as const;

/** Both containers need to know where the kubelet and the driver are; `void` keeps the runtime from injecting GPUs. */
const common = (driverRoot: string): inputs.core.v1.EnvVar[] => [
  { name: "NVIDIA_DRIVER_ROOT", value: driverRoot },
  { name: "NVIDIA_VISIBLE_DEVICES", value: "void" },
  { name: "KUBELET_REGISTRAR_DIRECTORY_PATH", value: folders["plugins-registry"] },
  { name: "KUBELET_PLUGINS_DIRECTORY_PATH", value: folders.plugins },
];

const fromField = (name: string, fieldPath: string): inputs.core.v1.EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

/**
 * The DRA driver's kubelet plugin for nodes whose GPUs are cut by MIG, beside the chart's for all others: container by
 * container what the chart would run there, with the one setting that must not hold elsewhere.
 * Source: dra-driver-nvidia-gpu v0.4.1 deployments/helm/dra-driver-nvidia-gpu/templates/kubeletplugin.yaml.
 */
export function migPlugin({ pools, driverRoot, mirror }: MigPluginArgs, opts: CustomResourceOptions): apps.DaemonSet {
  const { repository, tag } = releaseImage("dra-driver-nvidia-gpu", "dra-driver-nvidia/dra-driver-nvidia-gpu", mirror);
  const image = `${repository}:${tag}`;
  const privileged = { privileged: true };
  const above = driverRoot.slice(0, driverRoot.lastIndexOf("/")) || "/";
  const probe = { grpc: { port: healthPort, service: "liveness" }, timeoutSeconds: 10 };
  return new apps.DaemonSet(
    "dra-driver-nvidia-gpu-mig-plugin",
    {
      metadata: {
        name: "dra-driver-nvidia-gpu-mig-plugin",
        namespace: releases["dra-driver-nvidia-gpu"].namespace,
        labels,
        // Its nodes may be long in coming.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
        template: {
          metadata: { labels },
          spec: {
            priorityClassName: "system-node-critical",
            serviceAccountName,
            affinity: nodeAffinity(pools),
            tolerations: [...gpuDaemonTolerations],
            initContainers: [
              {
                name: "init-container",
                image,
                command: ["bash", "/usr/bin/kubelet-plugin-prestart.sh"],
                securityContext: privileged,
                env: common(driverRoot),
                volumeMounts: [
                  driverRoot === "/"
                    ? { name: "driver-root-parent", mountPath: "/driver-root-parent", readOnly: true }
                    : {
                        name: "driver-root-parent",
                        mountPath: "/driver-root-parent",
                        mountPropagation: "HostToContainer",
                      },
                ],
              },
            ],
            containers: [
              {
                name: "gpus",
                image,
                command: ["gpu-kubelet-plugin", "-v", "4"],
                securityContext: privileged,
                env: [
                  ...common(driverRoot),
                  { name: "FEATURE_GATES", value: "DynamicMIG=true" },
                  { name: "NVIDIA_MIG_CONFIG_DEVICES", value: "all" },
                  { name: "CDI_ROOT", value: folders.cdi },
                  { name: "HTTP_ENDPOINT", value: ":8080" },
                  { name: "HEALTHCHECK_PORT", value: `${healthPort}` },
                  { name: "IMAGE_NAME", value: image },
                  fromField("NODE_NAME", "spec.nodeName"),
                  fromField("NAMESPACE", "metadata.namespace"),
                  fromField("SERVICE_ACCOUNT_NAME", "spec.serviceAccountName"),
                ],
                startupProbe: { ...probe, failureThreshold: 600, periodSeconds: 1 },
                livenessProbe: { ...probe, failureThreshold: 3, periodSeconds: 30 },
                volumeMounts: [
                  { name: "plugins-registry", mountPath: folders["plugins-registry"] },
                  { name: "plugins", mountPath: folders.plugins, mountPropagation: "Bidirectional" },
                  { name: "cdi", mountPath: folders.cdi },
                  { name: "driver-root", mountPath: "/driver-root", mountPropagation: "HostToContainer" },
                ],
              },
            ],
            volumes: [
              ...Object.entries(folders).map(([name, path]) => ({ name, hostPath: { path } })),
              { name: "driver-root-parent", hostPath: { path: above, type: "DirectoryOrCreate" } },
              { name: "driver-root", hostPath: { path: driverRoot, type: "DirectoryOrCreate" } },
            ],
          },
        },
      },
    },
    opts,
  );
}
