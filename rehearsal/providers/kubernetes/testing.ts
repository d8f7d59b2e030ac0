import { randomBytes } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { type RegisterResourceRequest, RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { channelOptions, listen } from "../serve";
import { KubernetesProvider } from "./provider";
import { decode, encode, type Json, type Properties, reveal } from "./values";

/** What a failed call says; `init` is what the engine would record in spite of it. */
export interface CallError extends Error {
  readonly init?: { id: string; outputs: Properties; inputs: Properties; reasons: string[] };
}

/** A resource as the engine holds it between operations. */
export interface Held {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface Difference {
  readonly changed: boolean;
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
  /** Path to the name of its kind: "UPDATE", "ADD_REPLACE", ... */
  readonly detailed: Record<string, string>;
}

/** Plays the engine's part towards a provider that is served over real gRPC in this process. */
export class TestEngine {
  private constructor(
    private readonly server: grpc.Server,
    private readonly client: ResourceProviderClient,
  ) {}

  static async start(config: Record<string, string>): Promise<TestEngine> {
    const server = new grpc.Server(channelOptions);
    server.addService(ResourceProviderService, new KubernetesProvider(undefined).service());
    const address = `127.0.0.1:${await listen(server)}`;
    const engine = new TestEngine(
      server,
      new ResourceProviderClient(address, grpc.credentials.createInsecure(), channelOptions),
    );
    const request = new pb.ConfigureRequest();
    for (const [key, value] of Object.entries(config)) {
      request.getVariablesMap().set(`kubernetes:config:${key}`, value);
    }
    try {
      await engine.call("configure", request);
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  async stop(): Promise<void> {
    this.client.close();
    this.server.forceShutdown();
  }

  urn(type: string, name: string): string {
    return `urn:pulumi:test::stand-in::${type}::${name}`;
  }

  async checkConfig(news: Properties): Promise<{ property: string; reason: string }[]> {
    const request = new pb.CheckRequest();
    request.setNews(encode(news));
    const answer = await this.call<pb.CheckResponse>("checkConfig", request);
    return answer.getFailuresList().map((failure) => failure.toObject());
  }

  async check(urn: string, news: Properties, olds: Properties = {}): Promise<Properties> {
    const request = new pb.CheckRequest();
    request.setUrn(urn);
    request.setOlds(encode(olds));
    request.setNews(encode(news));
    const answer = await this.call<pb.CheckResponse>("check", request);
    const failures = answer.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    return decode(answer.getInputs());
  }

  async diff(held: Held, news: Properties, ignoreChanges: string[] = []): Promise<Difference> {
    const request = new pb.DiffRequest();
    request.setUrn(held.urn);
    request.setId(held.id);
    request.setOlds(encode(held.outputs));
    request.setOldInputs(encode(held.inputs));
    request.setNews(encode(news));
    request.setIgnorechangesList(ignoreChanges);
    const answer = await this.call<pb.DiffResponse>("diff", request);
    const names = Object.entries(pb.PropertyDiff.Kind);
    const detailed: Record<string, string> = {};
    answer.getDetaileddiffMap().forEach((diff: pb.PropertyDiff, path: string) => {
      detailed[path] = names.find(([, kind]) => kind === diff.getKind())?.[0] ?? "?";
    });
    return {
      changed: answer.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: answer.getReplacesList(),
      deleteBeforeReplace: answer.getDeletebeforereplace(),
      detailed,
    };
  }

  /** Check, then Create: what the engine does for a new resource. */
  async create(type: string, name: string, news: Properties, preview = false, timeout = 0): Promise<Held> {
    const urn = this.urn(type, name);
    const inputs = await this.check(urn, news);
    const request = new pb.CreateRequest();
    request.setUrn(urn);
    request.setProperties(encode(inputs));
    request.setPreview(preview);
    request.setTimeout(timeout);
    const answer = await this.call<pb.CreateResponse>("create", request);
    return { urn, id: answer.getId(), inputs, outputs: decode(answer.getProperties()) };
  }

  /** Check, then Update. */
  async update(held: Held, news: Properties, preview = false, timeout = 0): Promise<Held> {
    const inputs = await this.check(held.urn, news, held.inputs);
    const request = new pb.UpdateRequest();
    request.setUrn(held.urn);
    request.setId(held.id);
    request.setOlds(encode(held.outputs));
    request.setNews(encode(inputs));
    request.setPreview(preview);
    request.setTimeout(timeout);
    const answer = await this.call<pb.UpdateResponse>("update", request);
    return { ...held, inputs, outputs: decode(answer.getProperties()) };
  }

  /** Read as on refresh. The id is empty when the object is gone. */
  async refresh(held: Held): Promise<Held> {
    const request = new pb.ReadRequest();
    request.setUrn(held.urn);
    request.setId(held.id);
    request.setProperties(encode(held.outputs));
    request.setInputs(encode(held.inputs));
    const answer = await this.call<pb.ReadResponse>("read", request);
    return { ...held, id: answer.getId(), inputs: decode(answer.getInputs()), outputs: decode(answer.getProperties()) };
  }

  /** Read as on import. */
  async import(type: string, name: string, id: string): Promise<Held> {
    return this.refresh({ urn: this.urn(type, name), id, inputs: {}, outputs: {} });
  }

  async delete(held: Held, timeout = 0): Promise<void> {
    const request = new pb.DeleteRequest();
    request.setUrn(held.urn);
    request.setId(held.id);
    request.setProperties(encode(held.outputs));
    request.setTimeout(timeout);
    await this.call("delete", request);
  }

  construct(request: pb.ConstructRequest): Promise<pb.ConstructResponse> {
    return this.call("construct", request);
  }

  private call<T>(method: string, request: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const invoke = (this.client as Json)[method].bind(this.client);
      invoke(request, (error: grpc.ServiceError | null, answer: T) =>
        error ? reject(Object.assign(new Error(error.details), { init: initOf(error) })) : resolve(answer),
      );
    });
  }
}

function initOf(error: grpc.ServiceError): CallError["init"] {
  const [binary] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!Buffer.isBuffer(binary)) return undefined;
  const [any] = Status.deserializeBinary(binary).getDetailsList();
  const detail = any?.unpack(pb.ErrorResourceInitFailed.deserializeBinary, "pulumirpc.ErrorResourceInitFailed");
  if (!detail) return undefined;
  return {
    id: detail.getId(),
    outputs: decode(detail.getProperties()),
    inputs: decode(detail.getInputs()),
    reasons: detail.getReasonsList(),
  };
}

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

/** Outputs with secrets open. */
export function plain(held: Held): Json {
  return reveal(held.outputs);
}

/** A resource that a component registered. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly dependencies: string[];
  readonly provider: string;
  readonly retainOnDelete: boolean;
  readonly inputs: Properties;
  /** What came of it; components have none. */
  readonly held?: Held;
}

/** Plays the resource monitor: creates what components register, through the same provider. */
export class TestMonitor {
  private readonly registered: Registration[] = [];

  private constructor(
    private readonly engine: TestEngine,
    private readonly server: grpc.Server,
    private address: string,
  ) {}

  static async start(engine: TestEngine): Promise<TestMonitor> {
    const server = new grpc.Server(channelOptions);
    const monitor = new TestMonitor(engine, server, "");
    const { registerResource } = ResourceMonitorService;
    server.addService(
      { registerResource },
      {
        registerResource: (
          call: grpc.ServerUnaryCall<RegisterResourceRequest, RegisterResourceResponse>,
          callback: grpc.sendUnaryData<RegisterResourceResponse>,
        ) => {
          monitor.register(call.request).then(
            (answer) => callback(null, answer),
            (error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
          );
        },
      },
    );
    monitor.address = `127.0.0.1:${await listen(server)}`;
    return monitor;
  }

  async stop(): Promise<void> {
    this.server.forceShutdown();
  }

  async construct(type: string, name: string, inputs: Properties): Promise<{ urn: string; state: Properties }> {
    this.registered.length = 0;
    const request = new pb.ConstructRequest();
    request.setType(type);
    request.setName(name);
    request.setMonitorendpoint(this.address);
    request.setInputs(encode(inputs));
    request.getProvidersMap().set("kubernetes", "urn:provider::id");
    const answer = await this.engine.construct(request);
    return { urn: answer.getUrn(), state: decode(answer.getState()) };
  }

  /** By type and name, since what does not depend on each other is registered in any order. */
  sorted(): Registration[] {
    const key = ({ type, name }: Registration) => `${name.includes(":") ? 1 : 0} ${type} ${name}`;
    return [...this.registered].sort((a, b) => key(a).localeCompare(key(b)));
  }

  names(): string[] {
    return this.sorted().map(({ type, name }) => `${type} ${name}`);
  }

  private async register(request: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    const [type, name, inputs] = [request.getType(), request.getName(), decode(request.getObject())];
    const urn = this.engine.urn(type, name);
    const held = request.getCustom() ? await this.engine.create(type, name, inputs) : undefined;
    this.registered.push({
      urn,
      type,
      name,
      inputs,
      held,
      parent: request.getParent(),
      dependencies: request.getDependenciesList(),
      provider: request.getProvider(),
      retainOnDelete: request.getRetainondelete() ?? false,
    });
    const answer = new RegisterResourceResponse();
    answer.setUrn(urn);
    answer.setId(held?.id ?? "");
    answer.setObject(encode(held?.outputs ?? {}));
    return answer;
  }
}
