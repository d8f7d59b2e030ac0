import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";
import { type Lock, lock } from "../../catalog/lock";
import { chartReference, manifestReference, type Release, type ReleaseName, releases } from "../../catalog/releases";
import type { Resource } from "../../policy/rule";
import type { Environment } from "../../stacks/environment";
import { ociUrl, pin, property } from "./component";
import { Images } from "./images";
import { modelComponents } from "./models";

/**
 * A software bill of materials of what a stack installs, in CycloneDX 1.6: charts and manifests, images, models. It names
 * what the catalog and the program name, and looks into nothing: what is inside an image, a chart's dependencies or a
 * model's training is not in it. A hash is stated where the catalog or its lock knows one, and said to be unknown elsewhere.
 */

export interface SbomSummary {
  readonly format: string;
  readonly charts: number;
  readonly manifests: number;
  readonly images: number;
  readonly models: number;
  /** Components of each kind whose content is pinned by a hash. */
  readonly pinned: Readonly<Record<"charts" | "manifests" | "images" | "models", number>>;
  /** Images that a resource names and the catalog does not, or whose name is not known before the update. */
  readonly notInCatalog: readonly string[];
}

export interface SbomInput {
  readonly environment: Environment;
  /** What the program registers. */
  readonly resources: readonly Resource[];
  readonly commit?: string;
  readonly made: Date;
  /** Digests beside those of the catalog's entries. Default: the catalog's lock. */
  readonly locked?: Lock;
}

const { Component, ExternalReference } = Models;
const { ComponentType, ExternalReferenceType } = Enums;

export function sbomOf(input: SbomInput): { readonly text: string; readonly summary: SbomSummary } {
  const { environment, made, commit } = input;
  const bom = new Models.Bom();
  const stack = new Component(ComponentType.Application, `ai-platform-blueprint/${environment.stack}`, {
    bomRef: "stack",
    ...(commit === undefined ? {} : { version: commit }),
    description: environment.description,
  });
  bom.metadata.timestamp = made;
  bom.metadata.component = stack;
  bom.metadata.lifecycles.add(Enums.LifecyclePhase.Design);
  const add = (component: Models.Component, user: Models.Component) => {
    bom.components.add(component);
    user.dependencies.add(component.bomRef);
  };

  const installed = installedBy(input.resources);
  const byName = new Map(installed.map((release) => [release.name, releaseComponent(release, input)]));
  const images = new Images(input, (component) => bom.components.add(component));
  for (const release of installed) {
    const component = byName.get(release.name)!;
    add(component, stack);
    for (const name of release.after) {
      const before = byName.get(name);
      if (before !== undefined) component.dependencies.add(before.bomRef);
    }
    for (const image of release.images) component.dependencies.add(images.ofRelease(release, image).bomRef);
  }
  for (const component of images.ofWorkloads()) stack.dependencies.add(component.bomRef);
  const models = modelComponents(environment);
  for (const model of models) add(model, stack);

  const count = (components: Iterable<Models.Component>, when: (component: Models.Component) => boolean) =>
    [...components].filter(when).length;
  const pinned = (component: Models.Component) => component.hashes.size > 0;
  const releasesOf = (kind: Release["source"]["kind"]) =>
    installed.filter(({ source }) => source.kind === kind).map(({ name }) => byName.get(name)!);
  const [charts, manifests] = [releasesOf("chart"), releasesOf("manifest")];
  const text = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)).serialize(bom, {
    sortLists: true,
    space: 2,
  });
  return {
    text,
    summary: {
      format: "CycloneDX 1.6",
      charts: charts.length,
      manifests: manifests.length,
      images: images.all.length,
      models: models.length,
      pinned: {
        charts: count(charts, pinned),
        manifests: count(manifests, pinned),
        images: count(images.all, pinned),
        models: count(models, (model) => pinned(model) || model.version !== undefined),
      },
      notInCatalog: images.notInCatalog,
    },
  };
}

/** Whether a resource installs a release of the catalog, whose name it has. */
export const isRelease = ({ type }: { readonly type: string }): boolean =>
  type === "kubernetes:helm.sh/v4:Chart" || type === "kubernetes:yaml/v2:ConfigFile";

/** The releases that a program installs: those that a cluster brings, or that nothing needs, register no chart. */
const installedBy = (resources: readonly Resource[]): readonly Release[] =>
  resources
    .filter(isRelease)
    .flatMap(({ name }) => releases[name as ReleaseName] ?? [])
    .sort((one, other) => one.name.localeCompare(other.name));

function releaseComponent(release: Release, { environment, locked = lock }: SbomInput): Models.Component {
  const { name, source, version, origin } = release;
  const { mirror } = environment;
  const pinnedAs = locked?.releases[name];
  const digest = pinnedAs?.version === versionOf(release) ? pinnedAs?.sha256 : undefined;
  let url: string | undefined;
  let place: string;
  if (source.kind === "chart") {
    const { chart, repository } = chartReference(release, mirror);
    place = repository ?? chart;
    // The purl specification has no type for charts of a plain chart repository: `helm` is a candidate only.
    url = chart.startsWith("oci://") ? ociUrl(chart.slice("oci://".length), source.version, undefined) : undefined;
  } else {
    place = manifestReference(release, mirror);
    if (place.startsWith("https://")) {
      url = new PackageURL("generic", undefined, name, version, { download_url: place }).toString();
    }
  }
  const component = new Component(source.kind === "chart" ? ComponentType.Application : ComponentType.File, name, {
    bomRef: `release:${name}`,
    version: versionOf(release),
    purl: url,
    description: source.kind === "chart" ? `Helm chart ${source.chart}` : "Kubernetes manifest",
  });
  if (/^(oci|https):\/\//.test(place)) {
    component.externalReferences.add(new ExternalReference(place, ExternalReferenceType.Distribution));
  } else {
    component.properties.add(property("from", place));
  }
  component.properties.add(property("kind", source.kind));
  component.properties.add(property("source", `${origin.source} (${origin.date})`));
  pin(component, digest, source.kind === "chart" ? "the chart's archive" : "the manifest");
  return component;
}

const versionOf = ({ source, version }: Release) => (source.kind === "chart" ? source.version : version);
