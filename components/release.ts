import * as helm from "@pulumi/kubernetes/helm/v4";
import * as yaml from "@pulumi/kubernetes/yaml/v2";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { type Image, imageReference } from "../catalog/images";
import { digestOf } from "../catalog/lock";
import {
  chartReference,
  type Release as Entry,
  manifestReference,
  type ReleaseName,
  releases,
} from "../catalog/releases";
import type { Mirror } from "../stacks/environment";
import type { Namespace } from "./namespace";

export interface ReleaseArgs {
  /** Which entry of catalog/releases.ts is installed; chart, version and registry come from there. */
  readonly release: ReleaseName;
  /** Where charts and manifests are taken from instead of their publishers. Source: `mirror` of the environment. */
  readonly mirror: Mirror;
  /** Chart values. None by default: the chart's own. */
  readonly values?: Record<string, unknown>;
  /** Namespaces that its objects go to, made beforehand; the first must be the one that the catalog names. */
  readonly namespaces?: readonly Namespace[];
  /** Releases that are installed first: at least those that the catalog says it comes `after`. */
  readonly after?: readonly Release[];
  /** Whether it is installed here: not where the cluster brings it, or nothing of the environment uses it. Default: yes. */
  readonly install?: boolean;
  /** Whether the chart's own definitions are left out, because another release brings them. Default: as the catalog says. */
  readonly skipCrds?: boolean;
}

/**
 * One upstream release, installed as its catalog entry says.
 *
 * @throws when a release that the catalog puts before this one is not among `after`, when a namespaced release is given
 * no namespace, and for a way to install that no release in use needs.
 */
export class Release extends ComponentResource {
  readonly release: ReleaseName;

  constructor(args: ReleaseArgs, opts: ComponentResourceOptions) {
    const entry = releases[args.release];
    const after = args.after ?? [];
    const namespaces = args.namespaces ?? [];
    for (const needed of entry.after) {
      if (!after.some((candidate) => candidate.release === needed)) {
        throw new Error(`release ${args.release} comes after ${needed}, which it was not given`);
      }
    }
    const install = args.install !== false && !args.mirror.provided?.includes(args.release);
    if (install && entry.namespace !== "" && namespaces.length === 0) {
      throw new Error(`release ${args.release} goes to namespace ${entry.namespace}, which it was not given`);
    }
    // What is rendered shows the engine no inputs; these are what policies judge, of one resource and of the whole stack.
    const installed = install ? installation(entry, args) : {};
    super("ai-platform:release:Release", args.release, installed, opts);
    this.release = args.release;
    if (!install) {
      // Somebody else's, or nobody's: others may come after it, and nothing of it is ours.
      this.registerOutputs({ release: this.release, provided: true });
      return;
    }
    const child = { parent: this, dependsOn: [...after, ...namespaces] };

    switch (entry.install.how) {
      case "helm.v4.Chart": {
        new helm.Chart(
          args.release,
          {
            name: args.release,
            ...chartOf(entry, args),
            namespace: namespaces[0]?.name,
            skipCrds: args.skipCrds || entry.install.skipCrds,
          },
          child,
        );
        break;
      }
      case "yaml.v2.ConfigFile":
        new yaml.ConfigFile(args.release, { file: manifestReference(entry, args.mirror) }, child);
        break;
      default:
        throw new Error(`release ${args.release} asks for ${entry.install.how}, which no release has needed so far`);
    }
    this.registerOutputs({ release: this.release, ...installed });
  }
}

/** A chart, where it comes from, and what it is told. */
function chartOf(entry: Entry, { mirror, values }: ReleaseArgs) {
  const { chart, version, repository } = chartReference(entry, mirror);
  return { chart, version, ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }), values };
}

const installation = (entry: Entry, args: ReleaseArgs) =>
  entry.source.kind === "chart" ? chartOf(entry, args) : { file: manifestReference(entry, args.mirror) };

/**
 * The parts of an image reference, as charts take them.
 * `registry` is the publisher's host or the mirror's prefix; `path` has no registry; `tag` may be `tag@sha256:...`.
 */
interface ImageParts {
  readonly registry: string;
  readonly path: string;
  readonly repository: string;
  readonly tag: string;
}

/**
 * One image of a release, redirected through the mirror.
 *
 * @param path the image's repository without its registry host, such as `openfga/openfga`
 * @throws when the catalog lists no such image for the release.
 */
export function releaseImage(release: ReleaseName, path: string, mirror: Mirror): ImageParts {
  const image: Image | undefined = releases[release].images.find(
    (candidate) => candidate.repository.slice(candidate.repository.indexOf("/") + 1) === path,
  );
  if (image === undefined) {
    throw new Error(`catalog: release ${release} lists no image ${path}`);
  }
  // The reference is made by the catalog alone; here it is only taken apart again.
  const digest = digestOf(image);
  const reference = imageReference(image, mirror);
  const repository = reference.slice(0, reference.length - (digest ?? image.tag).length - 1);
  return {
    registry: repository.slice(0, repository.length - path.length - 1),
    path,
    repository,
    tag: digest === undefined ? image.tag : `${image.tag}@${digest}`,
  };
}
