import { expect, it } from "vitest";
import { importsOf } from "./loading";

it("finds what a module imports, whatever the form", () => {
  const source = `import { Platform } from "./components/platform";
import * as pulumi from '@pulumi/pulumi';
import {
  one,
  two,
} from "./stacks/load";
import "./side-effect";
export const text = "import x from 'nowhere'";
`;
  expect(importsOf(source)).toEqual(["./components/platform", "@pulumi/pulumi", "./stacks/load", "./side-effect"]);
});
