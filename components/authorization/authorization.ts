import { createHash } from "node:crypto";
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { imageReference, images } from "../../catalog/images";
import { releases } from "../../catalog/releases";
import type { Environment, Mirror } from "../../stacks/environment";
import type { Identity } from "../identity/identity";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { restrictedContainer, restrictedPod } from "../security";
import { anywhere } from "../traffic";
import { authorizationModel } from "./model";

export interface AuthorizationArgs {
  /** Datastore and tuples. Source: `authorization` of the environment. */
  readonly authorization: Environment["authorization"];
  /** Who subjects are: tuples speak of identities, so those come first. */
  readonly identity: Identity;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** User that distroless images run as. Source: openfga/openfga and openfga/cli Dockerfiles, 2026-08. */
const nonroot = 65532;
const httpPort = 8080;

/** OpenFGA, with the platform's authorization model and the environment's tuples in a store. */
export class Authorization extends ComponentResource {
  readonly openfga: Release;
  /** Address of OpenFGA's HTTP API inside the cluster. */
  readonly apiUrl: string;
  /**
   * Name of the store that holds the model and tuples. It ends in a hash of them: a change makes a new store, which
   * nobody reads before it is complete, and in which a tuple that was withdrawn is not left behind. Of several stores by
   * one name the newest counts; the others are attempts that broke off.
   */
  readonly storeName: string;

  constructor(name: string, args: AuthorizationArgs, opts: ComponentResourceOptions) {
    super("ai-platform:authorization:Authorization", name, {}, opts);
    const { datastore, tuples } = args.authorization;
    const { mirror } = args;
    const child = { parent: this };
    const entry = releases.openfga;

    // OpenFGA has no authentication of its own here, so what it decides is guarded by who can reach it: its own namespace.
    // Whoever is to ask it from elsewhere gets a rule of its own. Its database may be anywhere.
    const egress = datastore.engine === "postgres" ? [anywhere(datastore.port)] : [];
    const namespace = new Namespace(
      "openfga",
      { name: entry.namespace, podSecurity: "restricted", traffic: { egress } },
      child,
    );
    const image = releaseImage("openfga", "openfga/openfga", mirror);
    this.openfga = new Release(
      {
        release: "openfga",
        mirror,
        namespaces: [namespace],
        values: {
          // The chart itself keeps an in-memory datastore at one replica.
          replicaCount: 2,
          image: { repository: image.repository, tag: image.tag, pullPolicy: "IfNotPresent" },
          datastore: {
            engine: datastore.engine,
            ...(datastore.engine === "postgres"
              ? {
                  existingSecret: datastore.uriSecret.name,
                  secretKeys: { uriKey: datastore.uriSecret.key },
                  // As a hook Job, which the server waits for, migrations would never run.
                  migrationType: "initContainer",
                }
              : {}),
          },
          // A console without a login.
          playground: { enabled: false },
          podSecurityContext: restrictedPod(nonroot),
          securityContext: restrictedContainer,
        },
      },
      { parent: this, dependsOn: [args.identity.spire] },
    );

    const hash = createHash("sha256")
      .update(JSON.stringify([authorizationModel, tuples]))
      .digest("hex")
      .slice(0, 10);
    const objectName = `openfga-store-${hash}`;
    this.apiUrl = `http://${entry.name}.${entry.namespace}.svc.cluster.local:${httpPort}`;
    this.storeName = `ai-platform-${hash}`;
    const files = new core.ConfigMap(
      "openfga-store",
      {
        metadata: { name: objectName, namespace: namespace.name },
        immutable: true,
        data: {
          // A file of its own, because only there the CLI takes a model as JSON.
          "model.json": JSON.stringify(authorizationModel),
          // JSON is YAML.
          "store.fga.yaml": JSON.stringify({ name: this.storeName, model_file: "model.json", tuples }),
        },
      },
      child,
    );
    new batch.Job(
      "openfga-store",
      {
        metadata: { name: objectName, namespace: namespace.name },
        spec: {
          backoffLimit: 6,
          template: {
            metadata: { labels: { "app.kubernetes.io/name": "openfga-store" } },
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: restrictedPod(nonroot),
              containers: [
                {
                  name: "import",
                  image: imageReference(images.openfgaCli, mirror),
                  args: ["store", "import", "--file=/store/store.fga.yaml", `--api-url=${this.apiUrl}`],
                  securityContext: restrictedContainer,
                  resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "64Mi" } },
                  volumeMounts: [{ name: "store", mountPath: "/store", readOnly: true }],
                },
              ],
              volumes: [{ name: "store", configMap: { name: files.metadata.name } }],
            },
          },
        },
      },
      { parent: this, dependsOn: [this.openfga] },
    );
    this.registerOutputs({ apiUrl: this.apiUrl, storeName: this.storeName });
  }
}
