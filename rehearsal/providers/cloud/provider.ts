/**
 * A simulated cloud in place of the official `pulumi-resource-aws` and `pulumi-resource-gcp`, for rehearsals. It answers the
 * same protocol and keeps a world of objects in a file of the rehearsal's folder. Nothing is sent anywhere: there is no
 * code here that could, but for the engine and the rehearsal's own control plane. Credentials are not looked at.
 *
 * Where it differs from the official providers:
 *
 * - It knows the types of resource that the platform uses, and no functions (invokes).
 * - Everything is ready at once, but for faults that the rehearsal asks for.
 * - Permissions are not modelled, nor quotas but as faults.
 * - Lists that the cloud takes as sets are compared in order: another order is an update here, and none there.
 */
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import type * as grpc from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { formatPath, toPropertyDiff } from "../kubernetes/diff";
import { EngineHost, type Host } from "../kubernetes/host";
import { nameOf, typeOf } from "../kubernetes/objects";
import { decode, encode, hasUnknown, type Properties, reveal } from "../kubernetes/values";
import { type Failure, serviceOf, toCheckFailure } from "../rpc";
import { autoname } from "./autoname";
import { checkFields, normalise } from "./check";
import { configOf } from "./config";
import { controlPlaneOf, type RehearsalControlPlane, remembering } from "./control-plane";
import { Declarations } from "./declarations";
import { difference } from "./difference";
import { type Cloud, type Plain, SettingsError } from "./kind";
import { type Context, create, read, remove, update } from "./operations";
import { complete } from "./preview";
import { kindOf } from "./references";
import { plainOf } from "./state";
import { World } from "./world";

export interface ProviderOptions {
  /** The rehearsal's folder. */
  readonly folder: string;
  /** host:port of the engine. */
  readonly engine?: string;
  readonly onCancel?: () => void;
  /** Default: the one that runs in the folder. */
  readonly controlPlane?: () => Promise<RehearsalControlPlane | undefined>;
}

export class CloudProvider<Settings> {
  private readonly cloud: Cloud;
  private readonly sdk: string;
  private readonly declarations: Declarations;
  private readonly cancelled = new AbortController();
  private readonly controlPlane: () => Promise<RehearsalControlPlane | undefined>;
  private host: Host;
  private settings: unknown;

  constructor(
    cloud: Cloud<Settings>,
    private readonly options: ProviderOptions,
  ) {
    // A cloud's settings are its own: they come from its own `settings`, and go to its own kinds.
    this.cloud = cloud as Cloud<unknown>;
    this.sdk = `@pulumi/${cloud.name}`;
    this.declarations = new Declarations(this.sdk);
    this.host = new EngineHost(options.engine);
    this.controlPlane = options.controlPlane ?? remembering(() => controlPlaneOf(options.folder));
    setMaxListeners(0, this.cancelled.signal);
  }

  /** Everything that the provider answers, in the form that the gRPC server takes. */
  service(): grpc.UntypedServiceImplementation {
    return serviceOf(`the simulated ${this.cloud.name} provider`, {
      handshake: async () => this.handshake(),
      attach: async (request: PluginAttach) => this.attach(request),
      getPluginInfo: async () => this.pluginInfo(),
      getSchema: async () => this.schema(),
      checkConfig: async (request: pb.CheckRequest) => this.checkConfig(request),
      diffConfig: async (request: pb.DiffRequest) => this.diffConfig(request),
      configure: async (request: pb.ConfigureRequest) => this.configure(request),
      check: async (request: pb.CheckRequest) => this.check(request),
      diff: async (request: pb.DiffRequest) => this.diff(request),
      create: (request: pb.CreateRequest) => this.create(request),
      read: (request: pb.ReadRequest) => this.read(request),
      update: (request: pb.UpdateRequest) => this.update(request),
      delete: (request: pb.DeleteRequest) => this.delete(request),
      getMapping: async () => new pb.GetMappingResponse(),
      getMappings: async () => new pb.GetMappingsResponse(),
      cancel: async () => this.cancel(),
    });
  }

  private handshake(): pb.ProviderHandshakeResponse {
    const answer = new pb.ProviderHandshakeResponse();
    answer.setAcceptSecrets(true);
    answer.setAcceptResources(true);
    answer.setAcceptOutputs(true);
    answer.setSupportsAutonamingConfiguration(true);
    return answer;
  }

  private attach(request: PluginAttach): Empty {
    this.host = new EngineHost(request.getAddress());
    return new Empty();
  }

  /** The version of the SDK that is installed: it is the official provider's, too. */
  private get version(): string {
    return JSON.parse(readFileSync(require.resolve(`${this.sdk}/package.json`), "utf8")).version;
  }

  private pluginInfo(): PluginInfo {
    const info = new PluginInfo();
    info.setVersion(this.version);
    return info;
  }

  private schema(): pb.GetSchemaResponse {
    const answer = new pb.GetSchemaResponse();
    answer.setSchema(JSON.stringify({ name: this.cloud.name, version: this.version }));
    return answer;
  }

  private checkConfig(request: pb.CheckRequest): pb.CheckResponse {
    const answer = new pb.CheckResponse();
    answer.setInputs(request.getNews());
    const news = decode(request.getNews());
    if (hasUnknown(news)) return answer;
    try {
      this.cloud.settings(configOf(plainOf(news)));
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      answer.setFailuresList([toCheckFailure({ property: error.property, reason: error.message })]);
    }
    return answer;
  }

  private diffConfig(request: pb.DiffRequest): pb.DiffResponse {
    const [olds, news] = [plainOf(decode(request.getOlds())), plainOf(decode(request.getNews()))];
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
      (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    const answer = new pb.DiffResponse();
    const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
    answer.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
    answer.setDiffsList(changed);
    answer.setReplacesList(changed.filter((key) => this.cloud.replacesProvider?.includes(key)));
    return answer;
  }

  private configure(request: pb.ConfigureRequest): pb.ConfigureResponse {
    const config: Plain = {};
    request.getVariablesMap().forEach((value: string, key: string) => {
      config[key.replace(/^.*:/, "")] = value;
    });
    this.settings = this.cloud.settings(configOf(config));
    const answer = new pb.ConfigureResponse();
    answer.setAcceptsecrets(true);
    answer.setAcceptresources(true);
    answer.setAcceptoutputs(true);
    answer.setSupportspreview(true);
    answer.setSupportsAutonamingConfiguration(true);
    return answer;
  }

  private check(request: pb.CheckRequest): pb.CheckResponse {
    const { cloud, settings } = this.context();
    const urn = request.getUrn();
    const kind = kindOf(cloud, typeOf(urn));
    const { inputs: fields } = this.declarations.of(kind.token);
    const { __defaults, ...news } = decode(request.getNews());
    const named = autoname(kind, {
      name: nameOf(urn),
      news,
      olds: decode(request.getOlds()),
      seed: request.getRandomseed_asU8(),
      proposed: request.getAutonaming()?.getProposedName(),
    });
    const { __defaults: defaults, ...stated } = named;
    const failures: Failure[] = checkFields(stated, fields, kind.token);
    const inputs = failures.length > 0 ? stated : normalise(stated, fields);
    if (failures.length === 0) {
      const plain = plainOf(inputs);
      failures.push(...(kind.check?.(plain, cloud.at?.(settings, plain) ?? settings) ?? []));
    }
    const answer = new pb.CheckResponse();
    answer.setInputs(encode(defaults === undefined ? inputs : { ...inputs, __defaults: defaults }));
    answer.setFailuresList(failures.map(toCheckFailure));
    return answer;
  }

  private diff(request: pb.DiffRequest): pb.DiffResponse {
    const kind = kindOf(this.cloud, typeOf(request.getUrn()));
    const { changes, replaces, deleteBeforeReplace } = difference(kind, this.declarations.of(kind.token).outputs, {
      olds: decode(request.getOlds()),
      oldInputs: decode(request.getOldInputs()),
      news: decode(request.getNews()),
      ignoreChanges: request.getIgnorechangesList(),
    });
    const answer = new pb.DiffResponse();
    const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
    answer.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
    answer.setReplacesList([...replaces]);
    answer.setDeletebeforereplace(deleteBeforeReplace);
    answer.setDiffsList([...new Set(changes.map((change) => String(change.path[0])))]);
    answer.setHasdetaileddiff(true);
    for (const change of changes) answer.getDetaileddiffMap().set(formatPath(change.path), toPropertyDiff(change));
    return answer;
  }

  private async create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const answer = new pb.CreateResponse();
    const inputs = decode(request.getProperties());
    if (request.getPreview()) {
      answer.setProperties(encode(this.preview(request.getUrn(), inputs, {})));
    } else {
      const { id, outputs } = await create(this.context(), request.getUrn(), inputs);
      answer.setId(id);
      answer.setProperties(encode(outputs));
    }
    return answer;
  }

  private async read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    const answer = new pb.ReadResponse();
    const found = await read(this.context(), {
      urn: request.getUrn(),
      id: request.getId(),
      inputs: decode(request.getInputs()),
      outputs: decode(request.getProperties()),
    });
    if (found) {
      answer.setId(found.id);
      answer.setInputs(encode(found.inputs));
      answer.setProperties(encode(found.outputs));
    }
    return answer;
  }

  private async update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const answer = new pb.UpdateResponse();
    const inputs = decode(request.getNews());
    const outputs = request.getPreview()
      ? this.preview(request.getUrn(), inputs, decode(request.getOlds()))
      : await update(this.context(), request.getUrn(), request.getId(), inputs);
    answer.setProperties(encode(outputs));
    return answer;
  }

  private async delete(request: pb.DeleteRequest): Promise<Empty> {
    await remove(this.context(), request.getUrn(), request.getId(), decode(request.getProperties()));
    return new Empty();
  }

  private preview(urn: string, inputs: Properties, before: Properties): Properties {
    const { cloud, settings } = this.context();
    const { token } = kindOf(cloud, typeOf(urn));
    const { outputs: fields } = this.declarations.of(token);
    const { __defaults, ...known } = inputs;
    const plain = reveal(known);
    const common = Object.entries(cloud.common(token, plain, cloud.at?.(settings, plain) ?? settings));
    return complete({ ...Object.fromEntries(common.filter(([name]) => fields.has(name))), ...known }, fields, before);
  }

  private cancel(): Empty {
    this.cancelled.abort(new Error("the update was cancelled"));
    this.options.onCancel?.();
    return new Empty();
  }

  private context(): Context {
    if (this.settings === undefined) throw new Error(`the simulated ${this.cloud.name} provider was not configured`);
    const { folder } = this.options;
    return {
      cloud: this.cloud,
      settings: this.settings,
      declarations: this.declarations,
      world: new World(path.join(folder, "cloud", `${this.cloud.name}.json`)),
      folder,
      faultsFile: path.join(folder, "cloud", "faults.json"),
      controlPlane: this.controlPlane,
      host: this.host,
      signal: this.cancelled.signal,
    };
  }
}
