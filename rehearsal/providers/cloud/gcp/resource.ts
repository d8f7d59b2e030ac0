import type { CloudObject, Failure, Kind, Operation, Plain } from "../kind";
import { isZone } from "./names";
import type { GcpSettings } from "./settings";

export interface GcpKind extends Kind<GcpSettings> {
  /** Whether the object stays in the cloud when its resource is deleted: it is forgotten, not removed. */
  remains(object: CloudObject): boolean;
}

/** What a kind of Google Cloud states besides the data that every cloud's kinds have. */
export interface Definition extends Omit<Kind<GcpSettings>, "validateDelete"> {
  /** The API that makes it, by its short name; it has to be enabled in the project first. */
  readonly api?: Api;
  /** Which of its place has to be known: from its inputs, the provider or the object above. */
  readonly needs?: readonly ("project" | "region" | "location")[];
  /** What its name has to look like. The official provider says it of the field `name`, or of `nameField`. */
  readonly namePattern?: RegExp;
  readonly nameField?: string;
  /** What deletion protection and the like refuse. Besides, `deletionPolicy` is heeded. */
  readonly validateDelete?: Kind<GcpSettings>["validateDelete"];
  /** Whether Google keeps it although it was deleted. */
  readonly undeletable?: (object: CloudObject) => boolean;
}

/** APIs by short name, with the title by which Google's error calls them. */
const apis = {
  accessapproval: "Access Approval API",
  binaryauthorization: "Binary Authorization API",
  cloudkms: "Cloud Key Management Service (KMS) API",
  compute: "Compute Engine API",
  container: "Kubernetes Engine API",
  dns: "Cloud DNS API",
  iam: "Identity and Access Management (IAM) API",
  logging: "Cloud Logging API",
} as const;
type Api = keyof typeof apis;

export const serviceToken = "gcp:projects/service:Service";

/** Names of Compute Engine and what follows its rules (RFC 1035). */
export const computeName = /^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$/;

/** The error of Google's APIs as the official provider passes it on. */
export const googleError = (status: number, message: string, reason: string): Error =>
  new Error(googleMessage(status, message, reason));
export const googleMessage = (status: number, message: string, reason: string): string =>
  `googleapi: Error ${status}: ${message}, ${reason}`;

/** Of the object that Compute Engine and GKE do not find, and of the one that is there already. */
export const notFound = (name: string): string =>
  googleMessage(404, `The resource '${name}' was not found`, "notFound");
export const alreadyExists = (name: string): string =>
  googleMessage(409, `The resource '${name}' already exists`, "alreadyExists");

/** Makes a kind that does what all of the official provider's resources do. */
export function gcpKind({ undeletable, ...definition }: Definition): GcpKind {
  return {
    ...definition,
    check: (inputs, settings) => [
      ...checkPlace(definition, settings, inputs),
      ...checkName(definition, inputs),
      ...(definition.check?.(inputs, settings) ?? []),
    ],
    validate(operation) {
      if (!operation.previous) requireApi(definition, operation);
      definition.validate?.(operation);
    },
    validateDelete(object, operation) {
      if (object.state.deletionPolicy === "PREVENT") {
        throw new Error(
          `cannot destroy "${object.id}" without setting deletion_policy="DELETE" and running \`terraform apply\` ` +
            "(in Pulumi: set deletionPolicy to DELETE and run `pulumi up` first)",
        );
      }
      if (object.state.deletionPolicy !== "ABANDON") definition.validateDelete?.(object, operation);
    },
    remains: (object) => object.state.deletionPolicy === "ABANDON" || undeletable?.(object) === true,
  };
}

function checkPlace({ needs = [] }: Definition, settings: GcpSettings, inputs: Plain): Failure[] {
  const how = {
    project: "project: required field is not set: set it in this resource, or project of the provider",
    region: "Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'.",
    location: "Cannot determine location: set in this resource, or set provider-level 'zone' or 'region'.",
  };
  return needs
    .filter((field) => settings[field] === undefined && inputs[field] === undefined)
    .map((property) => ({ property, reason: how[property] }));
}

function checkName({ namePattern, nameField = "name" }: Definition, inputs: Plain): Failure[] {
  const name = inputs[nameField];
  if (!namePattern || typeof name !== "string" || namePattern.test(name)) return [];
  return [{ property: nameField, reason: `"${nameField}" ("${name}") doesn't match regexp "${namePattern.source}"` }];
}

/** A project starts without APIs, as a new one of Google's does; it is for the program to enable them, and in time. */
function requireApi({ api }: Definition, { settings, world }: Operation<GcpSettings>): void {
  if (!api) return;
  const { project } = settings;
  const enabled = world
    .all(serviceToken)
    .some(({ state }) => state.project === project && String(state.service).split(".")[0] === api);
  if (!enabled) {
    throw googleError(
      403,
      `${apis[api]} has not been used in project ${project} before or it is disabled. ` +
        "Enable it (projects.Service, which everything else of the API then depends on) and retry. " +
        "If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
      "accessNotConfigured",
    );
  }
}

/** Whether a zone lies in a location, which is a region or that very zone. */
export const inLocation = (location: string, zone: string): boolean =>
  isZone(location) ? location === zone : zone.startsWith(`${location}-`);
