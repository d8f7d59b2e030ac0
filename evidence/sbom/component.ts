import { Enums, Models } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";

/** What all components of a bill of materials have in common. */

export const property = (name: string, value: string) => new Models.Property(`ai-platform:${name}`, value);

/** Says what is known of the bytes of a component. */
export function pin(component: Models.Component, digest: string | undefined, of: string): void {
  if (digest !== undefined) component.hashes.set(Enums.HashAlgorithm["SHA-256"], digest.replace(/^sha256:/, ""));
  component.properties.add(property("digest", digest === undefined ? "unknown" : `SHA-256 of ${of}`));
}

/** An artifact of a registry, by the purl type `oci`. A tag alone does not tell which bytes are meant, so it is no version. */
export function ociUrl(place: string, tag: string | undefined, digest: string | undefined): string {
  const name = place.slice(place.lastIndexOf("/") + 1);
  return new PackageURL("oci", undefined, name, digest, {
    repository_url: place,
    ...(tag === undefined ? {} : { tag }),
  }).toString();
}
