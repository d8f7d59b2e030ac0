import { randomUUID } from "node:crypto";
import { Client, credentials } from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter } from "google-protobuf";

/** What an endpoint picker says of a request. */
export interface Choice {
  /** `address:port` of the server that answers. Absent where the request is refused. */
  readonly endpoint?: string;
  /** `address:port` of the server that computes the prompt first. */
  readonly prefill?: string;
  /** HTTP status with which the gateway refuses the request. */
  readonly refused?: number;
}

/** Names of headers. Source: Gateway API inference extension v1.2.0 pkg/epp/metadata; llm-d's scheduler v0.4.0 pkg/common. */
const destinationHeader = "x-gateway-destination-endpoint";
const prefillHeader = "x-prefiller-host-port";
const objectiveHeader = "x-gateway-inference-objective";

const method = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
const deadlineMs = 10_000;

/**
 * Asks an endpoint picker as Envoy does: one stream for each request, on which it is sent headers and body. Numbers of
 * fields are those of envoy.service.ext_proc.v3 and envoy.config.core.v3 (go-control-plane envoy v1.37.0).
 */
export class ExtProcClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  close(): void {
    this.#client.close();
  }

  /** @throws Error where the picker cannot be reached or does not answer. */
  choose(body: object, options: { readonly objective?: string } = {}): Promise<Choice> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeBidiStreamRequest(method, identity, decodeResponse, {
        deadline: Date.now() + deadlineMs,
      });
      let choice: Choice | undefined;
      call.on("data", (response: Response) => {
        if (response.kind === "headers") {
          const { headers } = response;
          choice = { endpoint: headers.get(destinationHeader), prefill: headers.get(prefillHeader) };
        } else if (response.kind === "refusal") choice = { refused: response.status };
        // The body comes back in pieces; Envoy would go on to the server after the last one.
        if (response.kind !== "headers" && response.last) call.end();
      });
      call.on("error", reject);
      call.on("end", () =>
        choice ? resolve(choice) : reject(new Error("the endpoint picker ended the stream without an answer")),
      );
      const headers = {
        ":method": "POST",
        ":path": "/v1/completions",
        "content-type": "application/json",
        "x-request-id": randomUUID(),
        ...(options.objective && { [objectiveHeader]: options.objective }),
      };
      call.write(requestHeaders(headers));
      call.write(requestBody(Buffer.from(JSON.stringify(body))));
    });
  }
}

const identity = (bytes: Buffer) => bytes;

function message(fill: (writer: BinaryWriter) => void): Buffer {
  const writer = new BinaryWriter();
  fill(writer);
  return Buffer.from(writer.getResultBuffer());
}

/** ProcessingRequest.request_headers: HttpHeaders { HeaderMap headers = 1 { HeaderValue { key = 1, raw_value = 3 } } }. */
const requestHeaders = (headers: Readonly<Record<string, string>>) =>
  message((request) =>
    request.writeBytes(
      2,
      message((http) =>
        http.writeBytes(
          1,
          message((map) => {
            for (const [key, value] of Object.entries(headers)) {
              map.writeBytes(
                1,
                message((header) => {
                  header.writeString(1, key);
                  header.writeBytes(3, Buffer.from(value));
                }),
              );
            }
          }),
        ),
      ),
    ),
  );

/** ProcessingRequest.request_body: HttpBody { body = 1, end_of_stream = 2 }. */
const requestBody = (body: Buffer) =>
  message((request) =>
    request.writeBytes(
      4,
      message((http) => {
        http.writeBytes(1, body);
        http.writeBool(2, true);
      }),
    ),
  );

type Response =
  | { readonly kind: "headers"; readonly headers: ReadonlyMap<string, string> }
  | { readonly kind: "body"; readonly last: boolean }
  | { readonly kind: "refusal"; readonly status: number; readonly last: true }
  | { readonly kind: "other"; readonly last: false };

/** ProcessingResponse: request_headers = 1, request_body = 3, immediate_response = 7. */
function decodeResponse(bytes: Buffer): Response {
  for (const { field, value } of fields(bytes)) {
    if (field === 1) return { kind: "headers", headers: setHeaders(nested(value, 1, 2)) };
    // CommonResponse.body_mutation = 3, BodyMutation.streamed_response = 3 { end_of_stream = 2 }.
    if (field === 3) return { kind: "body", last: number(nested(value, 1, 3, 3), 2) !== 0 };
    // HttpStatus status = 1 { code = 1 }.
    if (field === 7) return { kind: "refusal", status: number(nested(value, 1), 1), last: true };
  }
  return { kind: "other", last: false };
}

/** HeaderMutation.set_headers = 1: HeaderValueOption { HeaderValue header = 1 { key = 1, value = 2, raw_value = 3 } }. */
function setHeaders(mutation: Uint8Array): Map<string, string> {
  const headers = new Map<string, string>();
  for (const { field, value } of fields(mutation)) {
    if (field !== 1) continue;
    const parts = new Map(fields(nested(value, 1)).map((part) => [part.field, Buffer.from(part.value).toString()]));
    const text = parts.get(3) ?? parts.get(2) ?? "";
    if (text !== "") headers.set(parts.get(1) ?? "", text);
  }
  return headers;
}

interface Field {
  readonly field: number;
  /** Empty for fields that are no bytes, which have `number`. */
  readonly value: Uint8Array;
  readonly number: number;
}

function fields(bytes: Uint8Array): Field[] {
  const reader = new BinaryReader(bytes);
  const found: Field[] = [];
  while (reader.nextField() && !reader.isEndGroup()) {
    const field = reader.getFieldNumber();
    if (reader.getWireType() === 2) found.push({ field, value: reader.readBytes() as Uint8Array, number: 0 });
    else if (reader.getWireType() === 0) found.push({ field, value: new Uint8Array(), number: reader.readUint64() });
    else reader.skipField();
  }
  return found;
}

/** The message at a path of fields; an empty one where there is none. */
const nested = (bytes: Uint8Array, ...path: readonly number[]): Uint8Array =>
  path.reduce((outer, wanted) => fields(outer).find(({ field }) => field === wanted)?.value ?? new Uint8Array(), bytes);

const number = (bytes: Uint8Array, wanted: number): number =>
  fields(bytes).find(({ field }) => field === wanted)?.number ?? 0;
