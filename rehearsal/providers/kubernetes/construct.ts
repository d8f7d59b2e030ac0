import * as grpc from "@grpc/grpc-js";
import type { ConstructRequest } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterResourceRequest, type RegisterResourceResponse, Result } from "@pulumi/pulumi/proto/resource_pb";
import { channelOptions } from "../serve";
import type { Context } from "./context";
import { closeSecrets, readChartArgs, renderChart } from "./helm";
import { dependencies, normalize, parseYaml, readManifests } from "./manifests";
import { ANNOTATION, fromKubernetes, idOf, typeFor } from "./objects";
import { markSecrets } from "./state";
import {
  decode,
  encode,
  hasSecret,
  hasUnknown,
  type Json,
  type Properties,
  ResourceReference,
  reveal,
  Secret,
  unknown,
  type Value,
} from "./values";
import { PLUGIN_VERSION } from "./version";

export interface ConstructResult {
  readonly urn: string;
  readonly state: Properties;
}

/** The objects that a component stands for. Secrets are closed in them where the inputs say so. */
type Render = (context: Context, inputs: Properties, name: string) => Promise<Properties[]>;

const COMPONENTS: Readonly<Record<string, Render>> = {
  "kubernetes:helm.sh/v4:Chart": renderHelmChart,
  "kubernetes:yaml/v2:ConfigFile": renderConfigFile,
  "kubernetes:yaml/v2:ConfigGroup": renderConfigGroup,
  "kubernetes:kustomize/v2:Directory": async () => {
    throw new Error(
      "kustomize.v2.Directory is not supported by the stand-in kubernetes provider; render it with `kubectl kustomize` " +
        "into a file for yaml.v2.ConfigFile, or use the official provider",
    );
  },
};

/** Registers a component and, below it, every object that it stands for. Returns once all of them are there. */
export async function construct(context: Context, request: ConstructRequest): Promise<ConstructResult> {
  const type = request.getType();
  const name = request.getName();
  const render = COMPONENTS[type];
  if (!render) throw new Error(`the stand-in kubernetes provider has no component ${type}`);
  const monitor = new ResourceMonitorClient(
    request.getMonitorendpoint(),
    grpc.credentials.createInsecure(),
    channelOptions,
  );
  try {
    const { urn } = await register(monitor, componentRequest(request));
    const inputs = decode(request.getInputs());
    if (Object.values(inputs).some(hasUnknown)) {
      context.host.warn(
        "some inputs are not known before the update, so the preview does not show what it consists of",
        urn,
      );
      return { urn, state: { resources: unknown } };
    }
    const objects = await render(context, inputs, name);
    const prefix = reveal(inputs.resourcePrefix ?? null) ?? name;
    const skipAwait = reveal(inputs.skipAwait ?? null) === true;
    const resources = await registerObjects(monitor, request, urn, objects, { prefix, skipAwait });
    return { urn, state: { resources } };
  } finally {
    monitor.close();
  }
}

async function renderHelmChart(context: Context, inputs: Properties, name: string): Promise<Properties[]> {
  const args = readChartArgs(inputs, name, context.namespace);
  if (reveal(inputs.includeHooks ?? null) === true) {
    context.host.warn(
      `chart ${name}: includeHooks has no effect unless YAML is rendered to a directory; hooks are left out`,
    );
  }
  const manifest = await renderChart(args, await context.api.discovery.capabilities(), context.signal);
  const objects = await normalize(parseYaml(manifest, `chart ${name}`), args.namespace, context.scopes, context.api);
  return closeSecrets(objects, args.values);
}

async function renderConfigFile(context: Context, inputs: Properties, name: string): Promise<Properties[]> {
  const file = reveal(inputs.file ?? null);
  if (typeof file !== "string" || file === "")
    throw new Error(`ConfigFile ${name}: "file" is missing: the path or URL of a manifest`);
  return normalize(await parseFiles([file], false), context.namespace, context.scopes, context.api);
}

async function renderConfigGroup(context: Context, inputs: Properties, name: string): Promise<Properties[]> {
  const files = reveal(inputs.files ?? []) ?? [];
  const objects = await parseFiles(Array.isArray(files) ? files : [files], true);
  const yaml = reveal(inputs.yaml ?? null);
  if (typeof yaml === "string") objects.push(...parseYaml(yaml, `the yaml of ConfigGroup ${name}`));
  const given = inputs.objs instanceof Secret ? inputs.objs.value : (inputs.objs ?? []);
  const literal: Value[] = Array.isArray(given) ? given : [];
  const plain = await normalize([...objects, ...literal.map(reveal)], context.namespace, context.scopes, context.api);
  if (!hasSecret(inputs.yaml ?? null) && !hasSecret(inputs.objs ?? null)) return plain;
  // Lists may have been taken apart, so it is no longer known which part of a secret text went where.
  return plain.map(({ apiVersion, kind, metadata, ...rest }) => ({
    apiVersion,
    kind,
    metadata,
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, new Secret(value as Value)])),
  }));
}

async function parseFiles(files: readonly Json[], glob: boolean): Promise<Json[]> {
  const objects: Json[] = [];
  for (const file of files) {
    for (const { origin, text } of await readManifests(String(file), glob)) objects.push(...parseYaml(text, origin));
  }
  return objects;
}

async function registerObjects(
  monitor: ResourceMonitorClient,
  request: ConstructRequest,
  parent: string,
  objects: readonly Properties[],
  options: { prefix: string; skipAwait: boolean },
): Promise<Value[]> {
  const plain = objects.map(reveal);
  const first = dependencies(plain);
  const started: Promise<RegisterResourceResponse>[] = [];
  // A dependency may come later in the list than what waits for it, hence the indirection.
  const start = (index: number): Promise<RegisterResourceResponse> => {
    started[index] ??= Promise.all((first[index] ?? []).map(start)).then(async (before) => {
      const child = childRequest(request, parent, objects[index] as Properties, plain[index], options);
      child.setDependenciesList(before.map((response) => response.getUrn()));
      return (await register(monitor, child)).response;
    });
    return started[index];
  };
  // All of them, also when one fails: the engine must not be left talking to a component that has given up.
  const settled = await Promise.allSettled(objects.map((_, index) => start(index)));
  const failed = settled.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return settled.map((result) => {
    const response = (result as PromiseFulfilledResult<RegisterResourceResponse>).value;
    return new ResourceReference(response.getUrn(), response.getId() || unknown, PLUGIN_VERSION);
  });
}

/** `<prefix>:<namespace>/<name>`, as the official provider names the parts of charts and manifests. */
export function childName(prefix: string, object: Json): string {
  return prefix ? `${prefix}:${idOf(object)}` : idOf(object);
}

function childRequest(
  request: ConstructRequest,
  parent: string,
  object: Properties,
  plain: Json,
  options: { prefix: string; skipAwait: boolean },
): RegisterResourceRequest {
  const child = new RegisterResourceRequest();
  const { apiVersion, kind } = plain;
  child.setType(typeFor(apiVersion, kind));
  child.setName(childName(options.prefix, plain));
  child.setParent(parent);
  child.setCustom(true);
  let inputs = object;
  if (options.skipAwait) {
    const metadata = plain.metadata;
    inputs = {
      ...object,
      metadata: { ...metadata, annotations: { ...(metadata.annotations ?? {}), [ANNOTATION.skipAwait]: "true" } },
    };
  }
  const marked = markSecrets(fromKubernetes(inputs), inputs) as Properties;
  child.setObject(encode(marked));
  for (const key of Object.keys(marked)) {
    // Said outright, else every property would count as depending on every dependency.
    child.getPropertydependenciesMap().set(key, new RegisterResourceRequest.PropertyDependencies());
  }
  if (apiVersion === "v1" && kind === "Secret") child.setAdditionalsecretoutputsList(["data", "stringData"]);
  if (plain.metadata.annotations?.["helm.sh/resource-policy"] === "keep") child.setRetainondelete(true);
  child.setProvider(request.getProvidersMap().get("kubernetes") ?? "");
  child.setVersion(PLUGIN_VERSION);
  return accepting(child);
}

/** The component as the program asked for it: every option of the request passed on. */
function componentRequest(request: ConstructRequest): RegisterResourceRequest {
  const component = new RegisterResourceRequest();
  component.setType(request.getType());
  component.setName(request.getName());
  component.setParent(request.getParent());
  component.setObject(encode({}));
  component.setDependenciesList(request.getDependenciesList());
  component.setAliasesList(request.getAliasesList());
  component.setIgnorechangesList(request.getIgnorechangesList());
  component.setReplaceonchangesList(request.getReplaceonchangesList());
  component.setReplaceWithList(request.getReplaceWithList());
  component.setAdditionalsecretoutputsList(request.getAdditionalsecretoutputsList());
  component.setDeletedwith(request.getDeletedwith());
  component.setParentstacktracehandle(request.getStackTraceHandle());
  if (request.hasProtect()) component.setProtect(request.getProtect() ?? false);
  if (request.hasRetainondelete()) component.setRetainondelete(request.getRetainondelete() ?? false);
  if (request.hasDeletebeforereplace()) {
    component.setDeletebeforereplace(request.getDeletebeforereplace() ?? false);
    component.setDeletebeforereplacedefined(true);
  }
  const timeouts = request.getCustomtimeouts();
  if (timeouts) {
    const copy = new RegisterResourceRequest.CustomTimeouts();
    copy.setCreate(timeouts.getCreate());
    copy.setUpdate(timeouts.getUpdate());
    copy.setDelete(timeouts.getDelete());
    component.setCustomtimeouts(copy);
  }
  const trigger = request.getReplacementTrigger();
  if (trigger) component.setReplacementTrigger(trigger);
  request.getProvidersMap().forEach((reference: string, name: string) => {
    component.getProvidersMap().set(name, reference);
  });
  return accepting(component);
}

function accepting(request: RegisterResourceRequest): RegisterResourceRequest {
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  request.setSupportspartialvalues(true);
  request.setAliasspecs(true);
  request.setSupportsresultreporting(true);
  return request;
}

function register(
  monitor: ResourceMonitorClient,
  request: RegisterResourceRequest,
): Promise<{ urn: string; response: RegisterResourceResponse }> {
  return new Promise((resolve, reject) => {
    monitor.registerResource(request, (error, response) => {
      if (error) reject(new Error(`${request.getType()} ${request.getName()}: ${error.details || error.message}`));
      else if (response.getResult() !== Result.SUCCESS) {
        const outcome = response.getResult() === Result.SKIP ? "was skipped" : "failed";
        reject(new Error(`${request.getType()} ${request.getName()} ${outcome}`));
      } else resolve({ urn: response.getUrn(), response });
    });
  });
}
