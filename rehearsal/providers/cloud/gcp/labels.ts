import { isMap } from "../../kubernetes/values";
import type { Plain } from "../kind";
import type { GcpSettings } from "./settings";

/** The label by which the official provider marks what it made. */
const attribution = { "goog-pulumi-provisioned": "true" };

/** `pulumiLabels`: those of the resource and of the provider. `effectiveLabels`: with the provider's own mark. */
export function labelsAt({ labels, resourceLabels }: Plain, settings: GcpSettings): Plain {
  const own = labels ?? resourceLabels ?? {};
  // Not known yet in a preview.
  if (!isMap(own)) return {};
  const pulumiLabels = { ...settings.labels, ...own, ...(settings.attribution ? attribution : {}) };
  return { pulumiLabels, effectiveLabels: pulumiLabels };
}
