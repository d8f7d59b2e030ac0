import { Enums, Models } from "@cyclonedx/cyclonedx-library";
import { type Image, imageReference, images as workloadImages } from "../../catalog/images";
import { digestOf, type Lock, lock } from "../../catalog/lock";
import { type Release, releases } from "../../catalog/releases";
import { unknown } from "../../policy/rule";
import { imagesOf, parseImage } from "../../policy/sovereignty/image-references";
import type { SbomInput } from ".";
import { ociUrl, pin, property } from "./component";

/** Every image once, whoever names it. */
export class Images {
  readonly all: Models.Component[] = [];
  readonly notInCatalog: string[] = [];
  private readonly byReference = new Map<string, Models.Component>();

  constructor(
    private readonly input: SbomInput,
    private readonly onNew: (component: Models.Component) => void,
  ) {}

  /** An image that the catalog says a release runs. */
  ofRelease(release: Release, image: Image): Models.Component {
    const { environment, locked = lock } = this.input;
    const { digest: _, ...tagged } = image;
    const component = this.component(imageReference(tagged, environment.mirror), digestOf(image, locked));
    const siblings = release.images.filter(({ repository }) => repository === image.repository);
    if (siblings.length > 1) {
      component.properties.add(property("one-of", siblings.map(({ tag }) => tag).join(", ")));
    }
    return component;
  }

  /** The images that the resources name themselves, in or outside the catalog. */
  ofWorkloads(): readonly Models.Component[] {
    const { resources, locked = lock, environment } = this.input;
    const known = new Map<string, Image>();
    for (const image of catalogImages())
      known.set(imageReference({ ...image, digest: undefined }, environment.mirror), image);
    const found = new Map<string, string>();
    const onNodes = new Set<string>();
    for (const resource of resources) {
      for (const { reference, pulled } of imagesOf(resource)) {
        if (reference === unknown) this.note(`${resource.name} (${resource.type}): not known before the update`);
        else if (pulled) found.set(reference, resource.name);
        else onNodes.add(reference);
      }
    }
    const there = [...onNodes].filter((reference) => !found.has(reference)).map((reference) => this.onNode(reference));
    const pulled = [...found].flatMap(([reference, user]) => {
      const parsed = parseImage(reference);
      if (parsed === undefined) {
        this.note(`${reference} (${user}): not readable as an image reference`);
        return [];
      }
      const tagged = parsed.tag === undefined ? parsed.place : `${parsed.place}:${parsed.tag}`;
      const image =
        known.get(tagged) ?? [...known.values()].find((candidate) => sameContent(candidate, parsed, locked));
      if (image === undefined) this.note(`${reference} (${user})`);
      const name = image === undefined ? tagged : imageReference({ ...image, digest: undefined }, environment.mirror);
      return [this.component(name, parsed.digest ?? (image && digestOf(image, locked)))];
    });
    return [...there, ...pulled];
  }

  /** An image that comes with the node's machine image and from no registry. */
  private onNode(reference: string): Models.Component {
    const component = new Models.Component(Enums.ComponentType.Container, reference, { bomRef: `image:${reference}` });
    component.properties.add(property("pulled", "never: it is on the node"));
    pin(component, undefined, "");
    this.all.push(component);
    this.onNew(component);
    return component;
  }

  private note(what: string): void {
    if (!this.notInCatalog.includes(what)) this.notInCatalog.push(what);
  }

  private component(reference: string, digest: string | undefined): Models.Component {
    const there = this.byReference.get(reference);
    if (there !== undefined) return there;
    const { place, tag } = parseImage(reference) ?? { place: reference, tag: undefined };
    const component = new Models.Component(Enums.ComponentType.Container, place.slice(place.indexOf("/") + 1), {
      bomRef: `image:${reference}`,
      version: digest ?? tag,
      purl: ociUrl(place, tag, digest),
    });
    if (tag !== undefined) component.properties.add(property("tag", tag));
    component.properties.add(property("registry", place.slice(0, place.indexOf("/"))));
    pin(component, digest, "the image's manifest");
    this.byReference.set(reference, component);
    this.all.push(component);
    this.onNew(component);
    return component;
  }
}

const sameContent = (image: Image, { digest }: { readonly digest?: string }, locked: Lock | undefined) =>
  digest !== undefined && digestOf(image, locked) === digest;

const catalogImages = (): readonly Image[] => [
  ...Object.values(workloadImages),
  ...Object.values(releases).flatMap(({ images }) => images),
];
