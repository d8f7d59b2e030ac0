import type { ControlPlaneClient } from "../../control-plane";
import type { SimulatedNode } from "../../control-plane/nodes";
import type { Json } from "../kubernetes/values";
import type { Failure } from "../rpc";

/**
 * By what a simulated cloud is stated: its {@link Kind}s of resource, and what all of them share ({@link Cloud}). A kind
 * is data and a few pure functions; the provider (provider.ts) does the rest with them, the same for every kind:
 *
 * - Inputs are checked against the SDK's own declarations (`XArgs`): unknown fields, missing ones, wrong types.
 * - Previews echo inputs; every other output that the SDK's class declares is unknown.
 * - Create, in this order: faults, {@link Kind.references} exist, {@link Kind.identity} is free, {@link Kind.validate},
 *   `id`, `outputs`; then the object is in the world, and {@link Kind.nodes} come up in the control plane. An Error that
 *   any of them throws is what the user reads, after "creating <type> <name>: ".
 * - What an object's `state` holds: its inputs, over them the cloud's common outputs, over them the kind's `outputs`;
 *   kinds must not lay a default over an input that is given (write `inputs.x ?? default`).
 * - Diff: a change at or below a path of {@link Kind.immutable} replaces. Any other updates: `outputs` runs again, with
 *   {@link Operation.previous}.
 * - Delete is refused while another object's references with `holds` name the object ({@link Kind.inUse}).
 * - Read answers what the world holds: whoever edits or removes an object there makes drift. Imports give the inputs that
 *   the SDK's `XArgs` declares, from `state`.
 */
export interface Kind<Settings = unknown> {
  /** As the SDK spells it in `__pulumiType`, such as `aws:ec2/vpc:Vpc`. The SDK's file follows from it. */
  readonly token: string;
  /**
   * The input that names the object, which the official provider fills with `<logical name>-<7 hex digits>` when the
   * program leaves it out. `longest`: characters at most; a longer logical name is cut. Absent: no such input.
   */
  readonly autoname?: { readonly field: string; readonly longest: number; readonly prefix?: string };
  /**
   * Inputs whose change replaces the object: those of the Terraform provider's `ForceNew` (the SDK says it of hardly any).
   * Dotted; `*` stands for any element.
   */
  readonly immutable?: readonly string[];
  /** The old object has to go before the new one is made, although its name is not the program's choice. */
  readonly deleteBeforeReplace?: boolean;
  readonly references?: readonly Reference<Settings>[];
  /**
   * What must be unique among the objects of this kind in one scope (see {@link Cloud.scopeOf}), such as the name.
   * Undefined: nothing. A second one is refused with {@link Kind.conflict}.
   */
  identity?(state: Plain): string | undefined;
  /** The cloud's error for an {@link Kind.identity} that is taken. Required with `identity`. */
  conflict?(operation: Operation<Settings>): string;
  /** The cloud's error for a reference to an object of this kind that is not there. `value`: what the reference says. */
  missing(value: string, operation: Pick<Operation<Settings>, "settings">): string;
  /** The cloud's error for a deletion while `users` refer to the object. Default: the cloud's own ({@link Cloud.inUse}). */
  inUse?(object: CloudObject, users: readonly CloudObject[]): string;
  /**
   * What the official provider refuses before anything is sent, beyond what types say: formats, fields that exclude each
   * other. Inputs may hold `Unknown`s anywhere: pass over them. Run in previews, too.
   */
  check?(inputs: Plain, settings: Settings): readonly Failure[];
  /** What the cloud refuses on create and update, in its own words: throw an Error. Runs before anything is changed. */
  validate?(operation: Operation<Settings>): void;
  /** What the cloud refuses on delete besides objects in use, such as deletion protection: throw an Error. */
  validateDelete?(object: CloudObject, operation: Pick<Operation<Settings>, "settings" | "world">): void;
  /** The resource's id in the cloud's shape. Called once, on create. */
  id(operation: Operation<Settings>): string;
  /**
   * The outputs besides the echoed inputs, and the defaults of inputs that were not given. Called on create, and on
   * update with `previous`. Must be deterministic but for what it takes from `operation`.
   */
  outputs?(operation: Operation<Settings> & { readonly id: string }): Plain | Promise<Plain>;
  /** The machines that the object stands for, in the rehearsal's control plane. Kinds without it have none. */
  nodes?(object: CloudObject, operation: Operation<Settings>): readonly Machine[];
  /**
   * Of kinds with `nodes`: what `state` says when the cloud took the request and the machines did not come, for lack of
   * quota or capacity. The object is then there without nodes, and the error names it. Absent: nothing is made.
   */
  readonly failed?: Plain;
  /**
   * Whether the cloud keeps an object whose resource is deleted. It then belongs to no resource: its `urn` is empty. A
   * resource that makes it again is refused where the kind has an identity, and takes it over elsewhere.
   */
  remains?(object: CloudObject): boolean;
  /** What an import names the object by, where that is not its id. */
  importId?(object: CloudObject): string;
}

/**
 * A node without what the provider knows better: its group follows from the object, and who hands out its GPUs from the
 * pool that its labels name.
 */
export type Machine = Omit<SimulatedNode, "group" | "devices">;

/** A property bag without secrets' wrappers and, except in {@link Kind.check}, without unknowns. */
export type Plain = { [field: string]: Json };

/** An object of the simulated cloud, as the world file holds it. Whatever edits `state` makes drift. */
export interface CloudObject {
  readonly type: string;
  readonly id: string;
  /** Of the resource that made it. */
  readonly urn: string;
  /** Where names are unique: see {@link Cloud.scopeOf}. */
  readonly scope: string;
  /** Tells apart what one resource made one after the other; ids follow from it. */
  readonly serial: number;
  /** As they were last sent. */
  readonly inputs: Plain;
  /** Outputs, with the inputs among them. */
  readonly state: Plain;
}

/** How one input names an object that must be there. */
export interface Reference<Settings = unknown> {
  /** Path of the input, dotted; `*` stands for every element of a list or value of a map: `vpcConfig.subnetIds.*`. */
  readonly path: string;
  /** Tokens of the kinds that it may name. */
  readonly to: string | readonly string[];
  /** By which output: `id`, `arn`, `name`, `selfLink`, also dotted; several where the cloud takes any. */
  readonly by: string | readonly string[];
  /**
   * Values that name something outside the world, which is taken to be there, such as an AWS-managed policy. (What the
   * environment says to be there, such as an existing key, is known from given.ts and needs no mention.)
   */
  outside?(value: string, operation: Pick<Operation<Settings>, "settings" | "inputs">): boolean;
  /** Whether the object referred to cannot be deleted as long as this one is there. Default true. */
  readonly holds?: boolean;
  /** What else must hold of it, such as being ACTIVE: the cloud's error if it does not. */
  refuse?(target: CloudObject, operation: Operation<Settings>): string | undefined;
}

export type { Failure };

/** What a kind's functions are given. */
export interface Operation<Settings = unknown> {
  readonly urn: string;
  /** The resource's logical name: the last part of the URN. */
  readonly name: string;
  readonly inputs: Plain;
  /** On update: the object as it was. */
  readonly previous?: CloudObject;
  readonly settings: Settings;
  readonly world: WorldView;
  /**
   * `length` hexadecimal digits that differ for every object of the world, and are the same when the same world is made
   * again. `use` tells several numbers of one object apart.
   */
  hex(length: number, use?: string): string;
  /** As {@link Operation.hex}, decimal digits; the first is no zero. */
  digits(length: number, use?: string): string;
  /** The moment of the operation, in ISO 8601 with seconds. */
  readonly now: string;
  /** The Kubernetes control plane that a made cluster answers with. @throws Error when none runs. */
  controlPlane(): Promise<ControlPlaneAccess>;
}

export interface WorldView {
  /** Every object of the kind, in every scope. */
  all(token: string): readonly CloudObject[];
  /** The object of one of the kinds whose state (or id) has one of the outputs equal to the value, seen from the scope. */
  find(token: string | readonly string[], by: string | readonly string[], value: string): CloudObject | undefined;
}

export interface ControlPlaneAccess {
  /** `https://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** PEM in base64, as clouds hand it out. */
  readonly certificateAuthority: string;
  /** For what a made cluster brings with it. */
  readonly client: Pick<ControlPlaneClient, "apply">;
}

/** A field of a provider's configuration that is wrong. */
export class SettingsError extends Error {
  constructor(
    readonly property: string,
    reason: string,
  ) {
    super(reason);
  }
}

/** What all kinds of one cloud share. */
export interface Cloud<Settings = unknown> {
  /** Of the provider, and first part of every token. */
  readonly name: "aws" | "gcp";
  readonly kinds: readonly Kind<Settings>[];
  /**
   * Reads the provider's configuration: keys as the SDK's `ProviderArgs` spells them, JSON values parsed.
   *
   * @throws SettingsError. Called in CheckConfig, unless something is unknown, and in Configure.
   */
  settings(config: Plain): Settings;
  /** The settings as one resource's own inputs override them: its region, its project. Kinds are given these. */
  at?(settings: Settings, inputs: Plain): Settings;
  /** Fields of the configuration whose change replaces the provider, and with it everything that it made. */
  readonly replacesProvider?: readonly string[];
  /**
   * Where an object lives: names are unique within a scope, and references by anything but global names stay within it.
   * Such as `<account>/<region>`, or `<account>` for what is global there.
   */
  scopeOf(token: string, settings: Settings): string;
  /** Whether an object of scope `there` can be named from scope `here`. Default: equal scopes. */
  sees?(here: string, there: string): boolean;
  /**
   * Outputs that kinds have in common: region, project, tagsAll, effectiveLabels. A kind gets those that its SDK class
   * declares. Called in previews, too: inputs may hold `Unknown`s.
   */
  common(token: string, inputs: Plain, settings: Settings): Plain;
  /** The default of {@link Kind.inUse}. */
  inUse(object: CloudObject, users: readonly CloudObject[]): string;
  /** The error for a read, update or delete of an object that is gone. */
  gone(token: string, id: string): string;
  /** The cloud's own words for what a fault makes happen. */
  readonly faults: {
    quota(token: string, inputs: Plain, settings: Settings): string;
    capacity(token: string, inputs: Plain, settings: Settings): string;
    throttling(token: string): string;
  };
}
