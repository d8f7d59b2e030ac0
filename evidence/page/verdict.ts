import type { RuleVerdict } from "../verdicts";
import { type Html, html } from "./html";

/** Verdicts in words, and what they mean. */
export const verdictWords: Readonly<
  Record<RuleVerdict, { readonly word: string; readonly means: string; readonly css: string }>
> = {
  violation: { word: "violated", means: "Something is not as the rule asks.", css: "violation" },
  deferred: {
    word: "deferred",
    means: "A value is known only during the update, which is then judged. Nothing is said of it here.",
    css: "deferred",
  },
  unverified: {
    word: "unverified",
    means: "The environment states something that the catalog does not know, and it was let through.",
    css: "unverified",
  },
  excepted: {
    word: "excepted",
    means: "Something is not as the rule asks, and a stated exception lets it pass until a day.",
    css: "excepted",
  },
  passed: { word: "passed", means: "Everything that the rule looked at is as it asks.", css: "passed" },
  "nothing to judge": {
    word: "nothing to judge",
    means: "No resource was there that the rule applies to. This is not a pass.",
    css: "nothing",
  },
  "not run": { word: "not run", means: "The engine ended before the rule's turn.", css: "not-run" },
};

export const badge = (verdict: RuleVerdict): Html =>
  html`<span class="verdict ${verdictWords[verdict].css}">${verdictWords[verdict].word}</span>`;
