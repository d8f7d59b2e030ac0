import * as apps from "@pulumi/kubernetes/apps/v1";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { gkeDriverInstaller } from "../../../catalog/gke";
import { isGpuPool, type Pool } from "../../../stacks/environment";
import { byGke, noDevicePluginLabel } from "./node-config";

/** Where the driver lies on a node of Container-Optimized OS. Source: as of catalog/gke.ts. */
export const cosDriverRoot = "/home/kubernetes/bin/nvidia";

/** Whether a pool's nodes need the installer: GKE brings the driver only together with its own device plugin. */
export const needsInstaller = (pool: Pool): boolean => isGpuPool(pool) && pool.driver === "image" && !byGke(pool);

/** Folders of the node, and where the installer looks for each. Its environment names most of them. */
const folders = {
  "install-dir": { host: cosDriverRoot, container: "/usr/local/nvidia", variable: "NVIDIA_INSTALL_DIR" },
  vulkan: { host: `${cosDriverRoot}/vulkan/icd.d`, container: "/etc/vulkan/icd.d", variable: "VULKAN_ICD_DIR" },
  "cos-tools": { host: "/var/lib/cos-tools", container: "/build/cos-tools", variable: "COS_TOOLS_DIR" },
  root: { host: "/", container: "/root", variable: undefined },
  dev: { host: "/dev", container: "/dev", variable: undefined },
} as const;

const script = `set -eu
if lsmod | grep -q '^nvidia '; then
  echo "the NVIDIA driver is loaded already"
else
  /cos-gpu-installer install
fi
`;

/**
 * Puts NVIDIA's driver on each GPU node that GKE leaves without one, from what Google laid on the node: nothing is pulled.
 * Source: docs.cloud.google.com/kubernetes-engine/docs/how-to/set-up-dra, and the manifest named in catalog/gke.ts.
 */
export class GkeDriver extends ComponentResource {
  constructor(name: string, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:GkeDriver", name, {}, opts);
    const labels = { "app.kubernetes.io/name": "nvidia-driver-installer" };
    // Never: the image is on the node or nowhere.
    const local = { image: gkeDriverInstaller.image, imagePullPolicy: "Never" };
    new apps.DaemonSet(
      "nvidia-driver-installer",
      {
        metadata: { name: "nvidia-driver-installer", namespace: "kube-system", labels },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              priorityClassName: "system-node-critical",
              nodeSelector: { [noDevicePluginLabel]: "true" },
              tolerations: [{ operator: "Exists" }],
              automountServiceAccountToken: false,
              hostNetwork: true,
              hostPID: true,
              volumes: Object.entries(folders).map(([key, { host }]) => ({ name: key, hostPath: { path: host } })),
              initContainers: [
                {
                  ...local,
                  name: "install",
                  command: ["bash", "-c", script],
                  env: [
                    ...Object.values(folders).flatMap(({ host, container, variable }) =>
                      variable === undefined
                        ? []
                        : [
                            { name: `${variable}_HOST`, value: host },
                            { name: `${variable}_CONTAINER`, value: container },
                          ],
                    ),
                    { name: "ROOT_MOUNT_DIR", value: folders.root.container },
                  ],
                  resources: { requests: { cpu: "150m" } },
                  securityContext: { privileged: true },
                  volumeMounts: Object.entries(folders).map(([key, { container }]) => ({
                    name: key,
                    mountPath: container,
                  })),
                },
              ],
              containers: [
                {
                  ...local,
                  name: "wait",
                  command: ["bash", "-c", "trap 'exit 0' TERM; sleep infinity & wait"],
                  resources: { requests: { cpu: "1m", memory: "8Mi" } },
                  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                },
              ],
            },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
