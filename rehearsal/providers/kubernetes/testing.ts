import { randomBytes } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { type RegisterResourceRequest, RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { channelOptions, listen } from "../serve";
import { type Held, ProviderEngine } from "../testing";
import { KubernetesProvider } from "./provider";
import { decode, encode, type Properties } from "./values";

export { type CallError, type Held, plain } from "../testing";

export type TestEngine = ProviderEngine;
export const TestEngine = {
  start: (config: Readonly<Record<string, string>>): Promise<TestEngine> =>
    ProviderEngine.start(
      new KubernetesProvider(undefined).service(),
      Object.fromEntries(Object.entries(config).map(([key, value]) => [`kubernetes:config:${key}`, value])),
    ),
};

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
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
