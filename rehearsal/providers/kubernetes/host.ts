import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { channelOptions } from "../serve";

/** The engine's log, shown to the user beside the resource that a message is about. */
export interface Host {
  warn(message: string, urn?: string): void;
  /** A warning that is about no single resource. It is shown once. */
  warnOnce(message: string): void;
  info(message: string, urn?: string): void;
  /** What a resource is waiting for; it is replaced by the next one and gone in the end. */
  status(message: string, urn: string): void;
}

export class EngineHost implements Host {
  private readonly client: EngineClient | undefined;
  private readonly shown = new Set<string>();

  /** `address` is host:port; without one the messages go to standard error. */
  constructor(address: string | undefined) {
    this.client = address ? new EngineClient(address, grpc.credentials.createInsecure(), channelOptions) : undefined;
  }

  warn(message: string, urn = ""): void {
    this.log(LogSeverity.WARNING, message, urn, false);
  }

  warnOnce(message: string): void {
    if (this.shown.has(message)) return;
    this.shown.add(message);
    this.warn(message);
  }

  info(message: string, urn = ""): void {
    this.log(LogSeverity.INFO, message, urn, false);
  }

  status(message: string, urn: string): void {
    this.log(LogSeverity.INFO, message, urn, true);
  }

  private log(severity: LogSeverity, message: string, urn: string, ephemeral: boolean): void {
    if (!this.client) {
      if (!ephemeral) process.stderr.write(`${message}\n`);
      return;
    }
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    // A log line that does not arrive is no reason to fail the operation that it is about.
    this.client.log(request, () => {});
  }
}
