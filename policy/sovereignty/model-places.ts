import { imageReference } from "../../catalog/images";
import type { Context, Observation, Path } from "../rule";
import { addressesIn, hostName, objectionTo, withoutCredentials } from "./hosts";
import { parseImage } from "./image-references";
import { cloudOf, partitionsOf } from "./partitions";
import { permitted } from "./registry";

/** Places that weights may be fetched from, by their addresses. */

/** The hubs that software fetches from when it is given no more than a repository's name. */
export const hubs = { huggingFace: "huggingface.co", modelScope: "modelscope.cn" } as const;

/** Judges an address of weights. `region` is that of a bucket, where something beside the address says it. */
export function judgePlace(text: string, field: Path, context: Context, region?: string): Observation[] {
  const value = withoutCredentials(text);
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case "pvc":
    case "file":
      return [];
    case "s3":
    case "gs":
    case "gcs":
      return judgeBucket(text.trim().replace(/^gcs:/i, "gs:"), region, field, context);
    case "oci":
      return judgeImage(rest, field, value, context);
    case "hf":
    case "huggingface":
      return judgeHost(hubs.huggingFace, field, value, context);
    case "modelscope":
      return judgeHost(hubs.modelScope, field, value, context);
    default: {
      const host = addressesIn(text)[0]?.host;
      return host === undefined
        ? [{ field, value, message: "which is no source of weights that can be read" }]
        : judgeHost(host, field, value, context);
    }
  }
}

export function judgeHost(host: string, field: Path, value: string, context: Context): Observation[] {
  const name = hostName(host) ?? host;
  const clouds = cloudOf(name);
  if (clouds?.some((cloud) => (partitionsOf(context) as readonly string[]).includes(cloud)) === true) return [];
  const { gateway, identity } = context.environment;
  const own = [gateway.host, identity.trustDomain].some((host) => name === host || name.endsWith(`.${host}`));
  if (own || !name.includes(".") || /\.svc(\.cluster\.local)?$/.test(name)) return [];
  const objection = objectionTo(name, context);
  return objection === undefined ? [] : [{ field, value, message: objection }];
}

/** An image of weights, as it is stated or as the mirror has it. */
function judgeImage(reference: string, field: Path, value: string, context: Context): Observation[] {
  const { mirror, jurisdiction } = context.environment;
  const [repository = "", digest] = reference.split("@");
  const mirrored = imageReference({ repository, tag: "latest", ...(digest === undefined ? {} : { digest }) }, mirror);
  const places = [reference, mirrored].map((each) => parseImage(each)?.place);
  return places.some((place) => place !== undefined && permitted(place, context))
    ? []
    : [
        {
          field,
          value,
          message: `which is in no registry of ${jurisdiction.name}; allowed: ${jurisdiction.registries.join(", ")}`,
        },
      ];
}

const providers = { s3: "aws", gs: "gcp" } as const;

/** A bucket is in a region of the jurisdiction, and of its own cloud. One of S3's kind may be a data centre's own. */
export function judgeBucket(uri: string, region: string | undefined, field: Path, context: Context): Observation[] {
  const { jurisdiction } = context.environment;
  const scheme = uri.toLowerCase().startsWith("gs:") ? "gs" : "s3";
  const list = `allowed: ${jurisdiction.regions.join(", ")}`;
  const say = (message: string): Observation[] => [{ field, value: uri, message }];
  if (region === undefined || region.trim() === "") {
    return say(`a bucket of which nothing says the region; ${list}`);
  }
  const name = jurisdiction.regions.find(
    (each) => each.toLowerCase() === region.trim().toLowerCase().replace(/\.+$/, ""),
  );
  if (name === undefined) {
    return say(`a bucket in ${region}, which is outside ${jurisdiction.name}; ${list}`);
  }
  const provider = context.regions[name]?.provider;
  return provider === providers[scheme] || (scheme === "s3" && provider !== "gcp")
    ? []
    : say(`a bucket of ${scheme === "s3" ? "AWS" : "Google Cloud"} in ${region}, which is no region of it`);
}
