import * as grpc from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { channelOptions, listen } from "../serve";

type Bytes = Buffer;
const asIs = (value: Bytes) => value;

/** The analyzer's methods with their messages left as bytes: what is not looked at need not be understood. */
const rawService = Object.fromEntries(
  Object.entries(AnalyzerService as unknown as grpc.ServiceDefinition).map(([name, method]) => [
    name,
    { ...method, requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
  ]),
) as grpc.ServiceDefinition;

/**
 * An analyzer that takes the stack's configuration from the engine before the policy pack runs, and then hands every
 * call through to it. The pack gets the configuration as environment variables, as the official host passes it.
 */
export class PolicyProxy {
  private readonly server = new grpc.Server(channelOptions);
  private client: grpc.Client | undefined;
  private failure: string | undefined;
  private waiting: (() => void)[] = [];
  private setConfigured!: (environment: NodeJS.ProcessEnv) => void;
  private stackConfiguration: Bytes | undefined;

  /** The environment for the pack; resolves when the engine has configured the stack or asks anything else first. */
  readonly configured = new Promise<NodeJS.ProcessEnv>((resolve) => {
    this.setConfigured = resolve;
  });

  get attached(): boolean {
    return this.client !== undefined;
  }

  listen(): Promise<number> {
    const handlers = Object.fromEntries(
      Object.entries(rawService).map(([name, method]) => [
        name,
        this.handler(name, method as grpc.MethodDefinition<Bytes, Bytes>),
      ]),
    );
    this.server.addService(rawService, handlers);
    return listen(this.server);
  }

  attach(port: number): void {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), channelOptions);
    const ready = () => {
      this.client = client;
      this.release();
    };
    if (!this.stackConfiguration) {
      ready();
      return;
    }
    // A pack of an older SDK does not know this call, which is fine: it has its environment.
    const path = "/pulumirpc.Analyzer/ConfigureStack";
    client.makeUnaryRequest(path, asIs, asIs, this.stackConfiguration, (error) => {
      if (error && error.code !== grpc.status.UNIMPLEMENTED)
        this.fail(`the policy pack refused its configuration: ${error.details}`);
      else ready();
    });
  }

  fail(reason: string): void {
    this.failure ??= reason;
    this.release();
  }

  close(): void {
    this.fail("the policy pack was ended");
    this.client?.close();
    this.server.forceShutdown();
  }

  private release(): void {
    for (const proceed of this.waiting.splice(0)) proceed();
  }

  private handler(name: string, method: grpc.MethodDefinition<Bytes, Bytes>): grpc.handleUnaryCall<Bytes, Bytes> {
    if (name === "handshake") return (_, callback) => callback(null, bytes(new analyzer.AnalyzerHandshakeResponse()));
    if (name === "configureStack") {
      return (call, callback) => {
        this.stackConfiguration = call.request;
        this.setConfigured(environmentOf(analyzer.AnalyzerStackConfigureRequest.deserializeBinary(call.request)));
        callback(null, bytes(new analyzer.AnalyzerStackConfigureResponse()));
      };
    }
    return (call, callback) => {
      this.setConfigured({});
      const proceed = () => {
        if (this.client)
          this.client.makeUnaryRequest(method.path, asIs, asIs, call.request, callback as grpc.requestCallback<Bytes>);
        else callback({ code: grpc.status.UNAVAILABLE, details: this.failure ?? "the policy pack is not there" });
      };
      if (this.client || this.failure) proceed();
      else this.waiting.push(proceed);
    };
  }
}

const bytes = (message: { serializeBinary(): Uint8Array }): Bytes => Buffer.from(message.serializeBinary());

function environmentOf(request: analyzer.AnalyzerStackConfigureRequest): NodeJS.ProcessEnv {
  return {
    PULUMI_NODEJS_ORGANIZATION: request.getOrganization(),
    PULUMI_NODEJS_PROJECT: request.getProject(),
    PULUMI_NODEJS_STACK: request.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(request.getDryRun()),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(false) as [string, string][])),
  };
}
