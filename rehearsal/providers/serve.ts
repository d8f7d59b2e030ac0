import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

/** Pulumi's messages grow with states; grpc's own limit of 4 MiB would cut them off. The engine uses the same figure. */
export const channelOptions: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** Starts a server on a free loopback port. */
export function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/**
 * Ends this process when the one that started it is gone: an engine that was killed cannot tell its plugins. The kernel
 * then gives an orphan another parent, and that is what is looked for.
 */
export function endWithParent(end: () => void = () => process.exit(0)): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 300).unref();
}

/** How long a provider may go on after a cancellation; the engine ends it sooner once all that is under way has ended. */
const cancelGraceMs = 60_000;

/**
 * Serves a provider on a free loopback port and prints the port on standard output, which is how the engine finds it.
 * `make` is given what the provider is to call when the user cancels. Ends with the engine.
 */
export function serveProvider(
  name: string,
  make: (onCancel: () => void) => { service(): grpc.UntypedServiceImplementation },
): void {
  endWithParent();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
  // Once the engine has closed its end, output to it goes nowhere; that is no reason for a stack trace.
  process.stdout.on("error", () => {});
  const serve = async () => {
    const provider = make(() => setTimeout(() => process.exit(0), cancelGraceMs));
    const server = new grpc.Server(channelOptions);
    server.addService(ResourceProviderService, provider.service());
    process.stdout.write(`${await listen(server)}\n`);
  };
  serve().catch((error: Error) => {
    process.stderr.write(`the ${name} provider cannot start: ${error.message}\n`);
    process.exit(1);
  });
}
