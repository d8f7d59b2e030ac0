import { quoted } from "./cel";
import { imagesThat } from "./images";
import { ofPods } from "./pods";

const word = "[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?";
const host = `(\\[[0-9A-Fa-f:.]+\\]|${word}(\\.${word})*)\\.?(:[0-9]+)?`;
const part = "[A-Za-z0-9]+([._-]+[A-Za-z0-9]+)*";
const tag = "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?";

/** A reference that can be read, with a whole digest. */
const byDigest = `^\\s*(${host}/)?${part}(/${part})*${tag}@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\\s*$`;

export const digestAdmission = () =>
  ofPods({
    finding: imagesThat((image) => `!${image}.matches(${quoted(byDigest)})`),
    because: "which is not named by a whole digest, and what a tag names can change",
  });
