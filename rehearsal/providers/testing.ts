import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { decode, encode, type Json, type Properties, reveal } from "./kubernetes/values";
import { channelOptions, listen } from "./serve";

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
export class ProviderEngine {
  private constructor(
    private readonly server: grpc.Server,
    private readonly client: ResourceProviderClient,
  ) {}

  /** `variables`: the provider's configuration as the engine writes it, `kubernetes:config:namespace`. */
  static async start(
    service: grpc.UntypedServiceImplementation,
    variables: Readonly<Record<string, string>>,
  ): Promise<ProviderEngine> {
    const server = new grpc.Server(channelOptions);
    server.addService(ResourceProviderService, service);
    const address = `127.0.0.1:${await listen(server)}`;
    const engine = new ProviderEngine(
      server,
      new ResourceProviderClient(address, grpc.credentials.createInsecure(), channelOptions),
    );
    const request = new pb.ConfigureRequest();
    for (const [key, value] of Object.entries(variables)) request.getVariablesMap().set(key, value);
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

  /** What the engine sends when the user interrupts an update. */
  async cancel(): Promise<void> {
    await this.call("cancel", new Empty());
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

/** Outputs with secrets open. */
export function plain(held: Held): Json {
  return reveal(held.outputs);
}

/** What a call that must fail says. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => {
      throw new Error("it should have failed");
    },
    (error: Error) => error.message,
  );
}
