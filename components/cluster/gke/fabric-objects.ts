import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { FabricInterface } from "./fabric";

export interface GkeFabricObjectsArgs {
  readonly interfaces: readonly FabricInterface[];
}

/**
 * The group whose definitions GKE brings when multi-networking is on.
 * Source: GoogleCloudPlatform/gke-networking-api config/crds, networks and gkenetworkparamsets.
 */
const group = "networking.gke.io";
const apiVersion = `${group}/v1`;

/** What pods name when they ask for an interface of the fabric. */
export class GkeFabricObjects extends ComponentResource {
  constructor(name: string, { interfaces }: GkeFabricObjectsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:GkeFabricObjects", name, {}, opts);
    for (const { name: key, network, subnetwork, mode } of interfaces) {
      const parameters = new apiextensions.CustomResource(
        `${key}-parameters`,
        {
          apiVersion,
          kind: "GKENetworkParamSet",
          metadata: { name: key },
          spec: { vpc: network.name, vpcSubnet: subnetwork.name, deviceMode: mode },
        },
        { parent: this },
      );
      new apiextensions.CustomResource(
        key,
        {
          apiVersion,
          kind: "Network",
          metadata: { name: key },
          spec: { type: "Device", parametersRef: { group, kind: "GKENetworkParamSet", name: key } },
        },
        { parent: this, dependsOn: [parameters] },
      );
    }
    this.registerOutputs({});
  }
}
