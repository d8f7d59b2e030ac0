import type { Evasion } from "../evasion";
import { cloudEvasions } from "./boundary-clouds";
import { imageEvasions } from "./boundary-images";
import { trafficEvasions } from "./boundary-traffic";
import { trustEvasions } from "./boundary-trust";

export const boundaryEvasions: readonly Evasion[] = [
  ...imageEvasions,
  ...cloudEvasions,
  ...trustEvasions,
  ...trafficEvasions,
];
