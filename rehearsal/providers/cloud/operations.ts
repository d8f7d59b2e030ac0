import { createHash } from "node:crypto";
import { applyNodes, type SimulatedNode } from "../../control-plane/nodes";
import type { Host } from "../kubernetes/host";
import { nameOf, typeOf } from "../kubernetes/objects";
import { copySecrecy, type Properties } from "../kubernetes/values";
import { InitError } from "../rpc";
import type { RehearsalControlPlane } from "./control-plane";
import type { Declarations } from "./declarations";
import { readFaults } from "./faults";
import { devicesOf, readGiven } from "./given";
import type { Cloud, CloudObject, Kind, Operation, Plain } from "./kind";
import { kindOf, requireReferences, usersOf, viewOf } from "./references";
import { plainOf, refreshInputs, toOutputs } from "./state";
import { OutOfCapacityError, strike } from "./strike";
import type { World, WorldData } from "./world";

/** What the operations of one provider have in common. */
export interface Context {
  readonly cloud: Cloud;
  /** Of the provider, before a resource's own inputs override them. */
  readonly settings: unknown;
  readonly declarations: Declarations;
  readonly world: World;
  /** The rehearsal's folder. */
  readonly folder: string;
  readonly faultsFile: string;
  readonly controlPlane: () => Promise<RehearsalControlPlane | undefined>;
  readonly host: Host;
  readonly signal: AbortSignal;
}

/** One resource that something is done to. */
interface Subject {
  readonly context: Context;
  readonly kind: Kind;
  readonly urn: string;
  readonly name: string;
  readonly inputs: Plain;
  readonly settings: unknown;
  readonly scope: string;
}

function subjectOf(context: Context, urn: string, inputs: Properties): Subject {
  const { cloud } = context;
  const kind = kindOf(cloud, typeOf(urn));
  const { __defaults, ...plain } = plainOf(inputs);
  const settings = cloud.at?.(context.settings, plain) ?? context.settings;
  const scope = cloud.scopeOf(kind.token, settings);
  return { context, kind, urn, name: nameOf(urn), inputs: plain, settings, scope };
}

/** "creating Vpc main: ..." is how every error of an operation starts. */
async function saying<T>(
  verb: string,
  { kind, name }: Pick<Subject, "kind" | "name">,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InitError || (error as Error).name === "AbortError") throw error;
    throw new Error(`${verb} ${kind.token.split(":")[2]} ${name}: ${(error as Error).message}`);
  }
}

export async function create(
  context: Context,
  urn: string,
  inputs: Properties,
): Promise<{ id: string; outputs: Properties }> {
  const subject = subjectOf(context, urn, inputs);
  return saying("creating", subject, async () => {
    const lack = await struck(subject, "create");
    const { object, operation } = await context.world.change(context.signal, async (data) => {
      const serial = data.made[urn] ?? 0;
      const operation = operationOf(subject, data, serial);
      await requireAll(subject, data, operation);
      const id = subject.kind.id(operation);
      const state = await stateOf(subject, operation, id, lack);
      const object: CloudObject = {
        type: subject.kind.token,
        id,
        urn,
        scope: subject.scope,
        serial,
        inputs: subject.inputs,
        state,
      };
      const kept = data.objects.findIndex((old) => old.type === object.type && old.id === id && old.urn === "");
      if (kept < 0) data.objects.push(object);
      else data.objects[kept] = object;
      data.made[urn] = serial + 1;
      return { object, operation };
    });
    const outputs = toOutputs(object.state, inputs);
    await runNodes(subject, object, operation, lack, outputs);
    return { id: object.id, outputs };
  });
}

export async function update(context: Context, urn: string, id: string, inputs: Properties): Promise<Properties> {
  const subject = subjectOf(context, urn, inputs);
  return saying("updating", subject, async () => {
    const lack = await struck(subject, "update");
    if (lack) throw lack;
    const { object, operation } = await context.world.change(context.signal, async (data) => {
      const previous = find(subject, data, id);
      if (!previous) throw new Error(context.cloud.gone(subject.kind.token, id));
      const operation = operationOf(subject, data, previous.serial, previous);
      await requireAll(subject, data, operation);
      const object = { ...previous, inputs: subject.inputs, state: await stateOf(subject, operation, id) };
      data.objects[data.objects.indexOf(previous)] = object;
      return { object, operation };
    });
    const outputs = toOutputs(object.state, inputs);
    await runNodes(subject, object, operation, undefined, outputs);
    return outputs;
  });
}

export async function remove(context: Context, urn: string, id: string, outputs: Properties): Promise<void> {
  const subject = subjectOf(context, urn, outputs);
  return saying("deleting", subject, async () => {
    const lack = await struck(subject, "delete");
    if (lack) throw lack;
    const { kind, settings } = subject;
    const gone = await context.world.change(context.signal, (data) => {
      const object = find(subject, data, id);
      if (!object) return true;
      kind.validateDelete?.(object, { settings, world: viewOf(data, context.cloud, object.scope) });
      const users = usersOf(data, context.cloud, object);
      if (kind.remains?.(object)) {
        data.objects[data.objects.indexOf(object)] = { ...object, urn: "" };
        return true;
      }
      if (users.length > 0) throw new Error((kind.inUse ?? context.cloud.inUse)(object, users));
      return false;
    });
    if (gone) return;
    // The machines go first: an object whose machines could not be removed is still there.
    const plane = kind.nodes && (await context.controlPlane());
    if (plane) await applyNodes(plane.client, groupOf(subject, id), []);
    await context.world.change(context.signal, (data) => {
      const object = find(subject, data, id);
      if (object) data.objects.splice(data.objects.indexOf(object), 1);
    });
  });
}

/** What is there now; undefined when it is gone. Without `outputs` it is imported: the recorded inputs are its own. */
export async function read(
  context: Context,
  request: { urn: string; id: string; inputs: Properties; outputs: Properties },
): Promise<{ id: string; inputs: Properties; outputs: Properties } | undefined> {
  const subject = subjectOf(context, request.urn, request.outputs);
  const data = await context.world.read();
  const object = find(subject, data, request.id);
  if (!object) return undefined;
  const imported = Object.keys(request.outputs).length === 0;
  const [inputs, outputs] = imported
    ? [object.inputs, object.state]
    : [plainOf(request.inputs), plainOf(request.outputs)];
  const { inputs: fields } = context.declarations.of(subject.kind.token);
  const now = refreshInputs(inputs, outputs, object.state, fields);
  const secret = copySecrecy(now, request.inputs) as Properties;
  return { id: object.id, inputs: secret, outputs: toOutputs(object.state, secret) };
}

/** The object of an id, in the resource's own scope if several are of that id. */
function find({ context, kind, scope }: Subject, data: WorldData, id: string): CloudObject | undefined {
  const found = data.objects.filter(
    (object) => object.type === kind.token && (object.id === id || kind.importId?.(object) === id),
  );
  return (
    found.find((object) => object.scope === scope) ??
    found.find((object) => context.cloud.sees?.(scope, object.scope) ?? false)
  );
}

function operationOf(subject: Subject, data: WorldData, serial: number, previous?: CloudObject): Operation {
  const { context, urn, name, inputs, settings, scope } = subject;
  const digest = (use: string) =>
    createHash("sha512").update(`${context.cloud.name} ${urn} ${serial} ${use}`).digest("hex");
  return {
    urn,
    name,
    inputs,
    previous,
    settings,
    world: viewOf(data, context.cloud, scope),
    hex: (length, use = "id") => digest(use).slice(0, length),
    digits: (length, use = "id") => {
      const text = BigInt(`0x${digest(use)}`).toString();
      return `${1 + (Number(text[0]) % 9)}${text.slice(1, length)}`;
    },
    now: new Date().toISOString().replace(/\.\d+/, ""),
    async controlPlane() {
      const plane = await context.controlPlane();
      if (!plane)
        throw new Error(`no control plane runs in ${context.folder}: a made cluster would have no API server`);
      return plane;
    },
  };
}

async function requireAll(
  { context, kind, inputs, scope }: Subject,
  data: WorldData,
  operation: Operation,
): Promise<void> {
  requireReferences(context.cloud, kind, operation, new Set(readGiven(context.folder).existing));
  const identity = kind.identity?.(inputs);
  const taken = (object: CloudObject) =>
    object.type === kind.token &&
    object.scope === scope &&
    object !== operation.previous &&
    kind.identity?.(object.state) === identity;
  if (identity !== undefined && data.objects.some(taken)) throw new Error(kind.conflict!(operation));
  kind.validate?.(operation);
}

async function stateOf(
  { context, kind, inputs, settings }: Subject,
  operation: Operation,
  id: string,
  lack?: OutOfCapacityError,
): Promise<Plain> {
  const { previous } = operation;
  const declared = context.declarations.of(kind.token).outputs;
  const common = Object.entries(context.cloud.common(kind.token, inputs, settings)).filter(([name]) =>
    declared.has(name),
  );
  // What the cloud filled stays, what the program no longer states goes.
  const kept = Object.entries(previous?.state ?? {}).filter(([name]) => !(name in (previous?.inputs ?? {})));
  return {
    ...Object.fromEntries(kept),
    ...inputs,
    ...Object.fromEntries(common),
    ...(await kind.outputs?.({ ...operation, id })),
    ...(lack ? kind.failed : {}),
  };
}

/** Lets faults strike. What machines' lack leaves behind for a kind that says so is returned, anything else thrown. */
async function struck(
  subject: Subject,
  operation: "create" | "update" | "delete",
): Promise<OutOfCapacityError | undefined> {
  const { context, kind, urn, name, inputs, settings } = subject;
  const knows = (type: string) => context.cloud.kinds.some(({ token }) => token === type);
  const faults = readFaults(context.faultsFile, ({ provider, type }) => provider !== context.cloud.name || knows(type));
  try {
    await strike(
      { token: kind.token, name, operation, inputs, settings },
      faults,
      context.cloud,
      context.world,
      context.signal,
      (message) => context.host.status(message, urn),
    );
    return undefined;
  } catch (error) {
    if (error instanceof OutOfCapacityError && kind.failed && operation === "create") return error;
    throw error;
  }
}

const groupOf = ({ kind, scope }: Subject, id: string): string => `${kind.token.split(":")[2]} ${scope} ${id}`;

/** Brings an object's machines up. The object stays recorded when they do not come. */
async function runNodes(
  subject: Subject,
  object: CloudObject,
  operation: Operation,
  lack: OutOfCapacityError | undefined,
  outputs: Properties,
): Promise<void> {
  const { context, kind, urn, name } = subject;
  if (!kind.nodes) return;
  const failed = (reason: string) =>
    new InitError(
      `${operation.previous ? "updating" : "creating"} ${kind.token.split(":")[2]} ${name}: ${reason}`,
      object.id,
      outputs,
      [reason],
    );
  if (lack) throw failed(lack.message);
  const group = groupOf(subject, object.id);
  const given = readGiven(context.folder);
  const nodes: SimulatedNode[] = kind
    .nodes(object, operation)
    .map((machine) => ({ ...machine, group, devices: devicesOf(machine.labels, given) }));
  try {
    const plane = await operation.controlPlane();
    context.host.status(`${nodes.length} simulated nodes come up`, urn);
    await applyNodes((plane as RehearsalControlPlane).client, group, nodes);
  } catch (error) {
    throw failed(`its nodes did not come up: ${(error as Error).message}`);
  }
}
