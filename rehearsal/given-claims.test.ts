import { expect, it } from "vitest";
import { loadEnvironment } from "../stacks/load";
import { givenClaims } from "./given-claims";

it("names each claim that holds weights once, in its tenant's namespace", () => {
  expect(givenClaims(loadEnvironment("sovereign-onprem-eu"))).toEqual([
    "tenant-research/weights",
    "tenant-search/weights",
  ]);
});

it("names none where no model has its weights in a claim", () => {
  expect(givenClaims(loadEnvironment("local"))).toEqual([]);
});
