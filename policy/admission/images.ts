import { imageVariable, qualified } from "../sovereignty/image-references";
import { all, each, every, listAt, quoted } from "./cel";
import { containersOf, pods } from "./pods";

const re = ({ source }: RegExp) => quoted(`(?i)${source}`);

/**
 * CEL of a text that names the images of pods that are not as they must be, by an expression of an image reference. An image
 * that is never pulled is not judged unless `unpulled` says so.
 */
export function imagesThat(wrong: (image: string) => string, { unpulled = false } = {}): string {
  const judged = `has(c.image) && c.image != ""${unpulled ? "" : ' && (!has(c.imagePullPolicy) || c.imagePullPolicy != "Never")'}`;
  const inVariable = `e.name.matches(${re(imageVariable)}) && has(e.value) && e.value.matches(${re(qualified)})`;
  return every(
    pods,
    "p",
    all(
      each(
        containersOf("p"),
        "c",
        `${judged} && ${wrong("c.image")}`,
        `"image of container " + c.name + " is \\"" + c.image + "\\""`,
      ),
      every(
        containersOf("p"),
        "c",
        each(
          listAt("c", "env"),
          "e",
          `${inVariable} && ${wrong("e.value")}`,
          `"variable " + e.name + " of container " + c.name + " is \\"" + e.value + "\\""`,
        ),
      ),
      each(
        listAt("p", "volumes"),
        "v",
        `has(v.image) && has(v.image.reference) && v.image.reference != "" && ${wrong("v.image.reference")}`,
        `"image of volume " + v.name + " is \\"" + v.image.reference + "\\""`,
      ),
    ),
  );
}
