import * as grpc from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { encode, type Properties } from "./kubernetes/values";

/** An input that was refused. `property` names it, dotted. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/**
 * A resource is there, and not as it should be. The engine records it in spite of the error, so that the next update
 * finds it.
 */
export class InitError extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Properties,
    readonly reasons: string[],
    readonly inputs?: Properties,
  ) {
    super(message);
  }
}

type Handler = (request: never) => Promise<unknown>;

/**
 * A provider's answers in the form that the gRPC server takes. Calls that are not among them are refused as something
 * that `who` ("the stand-in kubernetes provider") has not.
 */
export function serviceOf(
  who: string,
  answers: Readonly<Record<string, Handler>>,
  codeOf: (error: unknown) => grpc.status = () => grpc.status.UNKNOWN,
): grpc.UntypedServiceImplementation {
  const service: Record<string, grpc.UntypedHandleCall> = {};
  for (const name of ["call", "construct", "invoke", "parameterize"]) {
    service[name] = (_: unknown, callback: grpc.sendUnaryData<unknown>) =>
      callback({ code: grpc.status.UNIMPLEMENTED, details: `${who} has no ${name}` });
  }
  service.list = (call: grpc.ServerWritableStream<unknown, unknown>) =>
    call.emit("error", { code: grpc.status.UNIMPLEMENTED, details: `${who} has no list` });
  for (const [name, handler] of Object.entries(answers)) {
    service[name] = (call: grpc.ServerUnaryCall<unknown, unknown>, callback: grpc.sendUnaryData<unknown>) => {
      handler(call.request as never).then(
        (answer) => callback(null, answer),
        (error) => callback(toServiceError(error, codeOf(error))),
      );
    };
  }
  return service as grpc.UntypedServiceImplementation;
}

export function toCheckFailure({ property, reason }: Failure): pb.CheckFailure {
  const failure = new pb.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

/**
 * An error as gRPC carries it. What the engine is to record in spite of the error travels in a detail that the
 * JavaScript library leaves to be packed by hand.
 */
function toServiceError(error: unknown, code: grpc.status): Partial<grpc.StatusObject> {
  const aborted = error instanceof Error && error.name === "AbortError";
  const message = aborted ? "the update was cancelled" : error instanceof Error ? error.message : String(error);
  if (!(error instanceof InitError)) return { code, details: message };
  const detail = new pb.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(encode(error.outputs));
  detail.setReasonsList(error.reasons);
  if (error.inputs) detail.setInputs(encode(error.inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}
