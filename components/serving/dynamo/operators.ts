import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { releases } from "../../../catalog/releases";
import type { Mirror } from "../../../stacks/environment";
import { Namespace } from "../../namespace";
import { Release, releaseImage } from "../../release";
import { called, webhookPort } from "../../traffic";

export interface DynamoPlatformArgs {
  /** Places the pods of graphs. */
  readonly kai: Release;
  /** Whether control pods are doubled. Source: `tier` of the environment. */
  readonly highlyAvailable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Dynamo's operator, and Grove's, which it hands graphs to. Installed where a model of the platform or a team uses it. */
export class DynamoPlatform extends ComponentResource {
  /** Must be there before a graph is. */
  readonly dynamo: Release;
  readonly grove: Release;

  constructor(name: string, args: DynamoPlatformArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:DynamoPlatform", name, {}, opts);
    this.grove = this.installGrove(args);
    this.dynamo = this.installDynamo(args, this.grove);
    this.registerOutputs({});
  }

  private installGrove({ kai, highlyAvailable, mirror }: DynamoPlatformArgs): Release {
    const release = "grove-charts";
    const operator = releaseImage(release, "ai-dynamo/grove/grove-operator", mirror);
    const init = releaseImage(release, "ai-dynamo/grove/grove-initc", mirror);
    return new Release(
      {
        release,
        mirror,
        after: [kai],
        // Its pod states a seccomp profile and nothing else that "restricted" asks for.
        namespaces: [this.namespace(releases[release].namespace)],
        values: {
          replicaCount: highlyAvailable ? 2 : 1,
          image: { repository: operator.repository, tag: operator.tag },
          deployment: { env: [{ name: "GROVE_INIT_CONTAINER_IMAGE", value: init.repository }] },
          webhookServerSecret: { enabled: false },
          crdInstaller: { enabled: false },
        },
      },
      { parent: this },
    );
  }

  private installDynamo({ kai, mirror }: DynamoPlatformArgs, grove: Release): Release {
    const release = "dynamo-platform";
    const operator = releaseImage(release, "nvidia/ai-dynamo/kubernetes-operator", mirror);
    const proxy = releaseImage(release, "kubebuilder/kube-rbac-proxy", mirror);
    const without = { install: false, enabled: false };
    return new Release(
      {
        release,
        mirror,
        after: [grove, kai],
        // Its pod states no seccomp profile.
        namespaces: [this.namespace(releases[release].namespace)],
        values: {
          global: {
            // Grove and KAI are there already, and graphs are handed to them.
            grove: { install: false, enabled: true },
            "kai-scheduler": { install: false, enabled: true },
            lws: without,
            disaggregatedset: without,
            // Pods of a graph talk over TCP and ZMQ and find each other through the API server.
            nats: { install: false },
            etcd: { install: false },
          },
          "dynamo-operator": {
            // A hook, which would not run.
            upgradeCRD: false,
            nats: { enabled: false },
            discoveryBackend: "kubernetes",
            dynamo: { mpiRun: { sshKeygen: { enabled: false } } },
            controllerManager: {
              manager: { image: { repository: operator.repository, tag: operator.tag } },
              kubeRbacProxy: { image: { repository: proxy.repository, tag: proxy.tag } },
            },
          },
        },
      },
      { parent: this },
    );
  }

  private namespace(name: string): Namespace {
    const traffic = { callApi: true, ingress: [called(webhookPort)] };
    return new Namespace(name, { name, podSecurity: "baseline", traffic }, { parent: this });
  }
}
