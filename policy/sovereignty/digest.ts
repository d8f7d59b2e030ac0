import { imageReference } from "../../catalog/images";
import { digestAdmission } from "../admission/digest";
import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
} from "../rule";
import { imagesOf, parseImage } from "./image-references";

/**
 * Every image is named by its digest, for what a tag names can change after it was looked at. Where images are looked
 * for, image-references.ts says. An image that is never pulled is on the node, and no registry can change it. A v3 Release
 * shows no objects to the engine, so the images that the catalog lists for its chart stand for them.
 */
export const digest: ResourceRule = {
  id: "sovereignty-digest",
  title: "Images are named by digest",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-digest"],
  remedy: "name it by digest, as <registry>/<repository>@sha256:<64 digits>",
  applies: (resource) =>
    resource.type === "kubernetes:helm.sh/v3:Release" || imagesOf(resource).some(({ pulled }) => pulled),
  check(resource, context) {
    return [
      ...imagesOf(resource)
        .filter(({ pulled }) => pulled)
        .flatMap(({ field, reference }): Observation[] =>
          reference === unknown ? [deferred(field)] : judge(reference, field),
        ),
      ...hidden(resource, context),
    ];
  },
  admission: digestAdmission,
};

/** Digests of the length that their algorithm makes. Others are a tag, or somebody's mistake. */
const whole = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

function judge(reference: string, field: Path): Observation[] {
  const parsed = parseImage(reference.trim());
  if (parsed?.digest !== undefined && whole.test(parsed.digest)) {
    return [];
  }
  const message =
    parsed === undefined
      ? "which is no image reference that can be read"
      : parsed.digest !== undefined
        ? "whose digest is not whole: sha256 makes 64 digits from 0 to f, in lower case"
        : parsed.tag === undefined
          ? "which names no state of the image, so that it means whatever is the latest"
          : "which names a tag, and what a tag names can change";
  return [{ field, value: reference.replace(/\/\/[^/@]*@/, "//(credentials)@"), message }];
}

/** What a v3 Release starts, by the catalog. That of a chart which it does not know is sovereignty-registry's to refuse. */
function hidden({ type, props }: Resource, context: Context): Observation[] {
  if (type !== "kubernetes:helm.sh/v3:Release") return [];
  const { chart } = props;
  if (typeof chart !== "string") return chart === unknown ? [deferred(["chart"])] : [];
  const base = chart.split("/").at(-1) ?? "";
  const release = Object.values(context.releases).find(
    ({ source }) =>
      source.kind === "chart" && (base === source.chart || base === `${source.chart}-${source.version}.tgz`),
  );
  return (release?.images ?? []).flatMap((image) => {
    const reference = imageReference(image, context.environment.mirror);
    return judge(reference, ["chart"]).map((seen) => ({
      ...seen,
      value: chart,
      message: `which starts ${reference}, ${seen.message}`,
    }));
  });
}
