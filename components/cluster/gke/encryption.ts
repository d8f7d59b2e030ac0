import * as kms from "@pulumi/gcp/kms";
import { ComponentResource, type ComponentResourceOptions, type Output, output } from "@pulumi/pulumi";
import type { GoogleUniverse } from "../../../catalog/partitions";
import { serviceAgent } from "./names";
import type { GkeSettings } from "./settings";

export interface GkeEncryptionArgs {
  readonly cluster: GkeSettings;
  readonly universe: GoogleUniverse;
  /** Whether nothing that holds data may be deleted by an update. */
  readonly protectedFromDeletion: boolean;
  /** What must be there before the first key: the APIs, which bring Google's service agents with them. */
  readonly after: ComponentResource;
}

/** 90 days, in seconds. Old versions stay, so that what they encrypted can be read. */
const rotationPeriod = "7776000s";

/**
 * Who uses each key: GKE encrypts secrets, Compute Engine disks, Cloud Logging logs. Sources: GKE's guides to CMEK and
 * secrets; cloud.google.com/logging/docs/routing/managed-encryption-storage, 2026-11.
 */
const users = { secrets: "container-engine-robot", disks: "compute-system", logs: "gcp-sa-logging" } as const;

/**
 * The customer-managed keys of secrets in etcd, of the nodes' disks and of audit logs: the one that the environment names,
 * for all, or three of a key ring of the cluster's own.
 */
export class GkeEncryption extends ComponentResource {
  /** Full names of the keys, `projects/.../cryptoKeys/...`. */
  readonly secrets: Output<string>;
  readonly disks: Output<string>;
  readonly logs: Output<string>;

  constructor(name: string, args: GkeEncryptionArgs, opts: ComponentResourceOptions) {
    const { cluster, universe, protectedFromDeletion, after } = args;
    super("ai-platform:cluster:GkeEncryption", name, {}, opts);
    const first = { parent: this, dependsOn: [after] };
    const ring =
      cluster.encryption.key === "create"
        ? new kms.KeyRing("key-ring", { name: cluster.name, location: cluster.region }, first)
        : undefined;
    const key = (use: keyof typeof users): Output<string> => {
      const id =
        ring === undefined
          ? output(cluster.encryption.key)
          : new kms.CryptoKey(
              `${use}-key`,
              {
                name: use,
                keyRing: ring.id,
                purpose: "ENCRYPT_DECRYPT",
                rotationPeriod,
                // What it encrypted is lost with it.
                deletionPolicy: protectedFromDeletion ? "PREVENT" : "DELETE",
              },
              { parent: this },
            ).id;
      new kms.CryptoKeyIAMMember(
        `${use}-key-user`,
        {
          cryptoKeyId: id,
          role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
          member: serviceAgent(universe, cluster.projectNumber, users[use]),
        },
        first,
      );
      return id;
    };
    this.secrets = key("secrets");
    this.disks = key("disks");
    this.logs = key("logs");
    this.registerOutputs({});
  }
}
