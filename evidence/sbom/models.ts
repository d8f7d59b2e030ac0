import { Enums, Models, SPDX } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";
import { models as catalogModels, huggingFaceUrl } from "../../catalog/models";
import type { Environment, Source } from "../../stacks/environment";
import { ociUrl, pin, property } from "./component";

/** Each state of weights that is served, adapters included, once. */
export function modelComponents(environment: Environment): readonly Models.Component[] {
  const served = environment.team?.models ?? environment.models;
  const components = new Map<string, Models.Component>();
  for (const model of served) {
    const sources = [
      ...model.versions.map(({ source }) => ({ source, of: model.name })),
      ...model.adapters.map(({ name, source }) => ({ source, of: `${model.name} (adapter ${name})` })),
    ];
    for (const { source, of } of sources) {
      const component = modelComponent(source, of);
      const there = components.get(`${component.bomRef.value}`);
      (there ?? component).properties.add(property("served-as", of));
      if (there === undefined) components.set(`${component.bomRef.value}`, component);
    }
  }
  return [...components.values()];
}

function modelComponent(source: Source, fallback: string): Models.Component {
  const make = (name: string, bomRef: string, fields: { version?: string; purl?: string } = {}) =>
    new Models.Component(Enums.ComponentType.MachineLearningModel, name, { bomRef: `model:${bomRef}`, ...fields });
  switch (source.kind) {
    case "huggingFace": {
      const { repository, revision } = source;
      const [namespace, name] = repository.split("/") as [string, string];
      const component = make(repository, `${repository}@${revision}`, {
        version: revision,
        purl: new PackageURL("huggingface", namespace, name, revision).toString(),
      });
      component.externalReferences.add(
        new Models.ExternalReference(
          `${huggingFaceUrl}/${repository}/tree/${revision}`,
          Enums.ExternalReferenceType.Distribution,
        ),
      );
      const license = Object.values(catalogModels).find(({ huggingFace }) => huggingFace === repository)?.license;
      if (license !== undefined) {
        component.licenses.add(
          SPDX.isSupportedSpdxId(license) ? new Models.SpdxLicense(license) : new Models.NamedLicense(license),
        );
      }
      component.properties.add(property("digest", "unknown; the revision is a commit of the repository"));
      return component;
    }
    case "oci": {
      const at = source.reference.indexOf("@");
      const [place, digest] = [source.reference.slice(0, at), source.reference.slice(at + 1)];
      const component = make(place, source.reference, { version: digest, purl: ociUrl(place, undefined, digest) });
      pin(component, digest, "the image's manifest");
      return component;
    }
    case "s3":
    case "gs": {
      const component = make(source.uri, source.uri);
      component.properties.add(property("region", source.region));
      pin(component, undefined, "");
      return component;
    }
    case "pvc": {
      const component = make(`${source.claim}/${source.path}`, `pvc:${fallback}:${source.claim}/${source.path}`);
      pin(component, undefined, "");
      return component;
    }
  }
}
