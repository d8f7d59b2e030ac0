import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { channelOptions, endWithParent, listen } from "../serve";
import { KubernetesProvider } from "./provider";

const CANCEL_GRACE_MS = 60_000;

/**
 * Serves the provider on a free loopback port and prints the port on standard output, which is how the engine finds
 * it. The engine's own address is the only argument.
 */
async function main(): Promise<void> {
  endWithParent();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
  // Once the engine has closed its end, output to it goes nowhere; that is no reason for a stack trace.
  process.stdout.on("error", () => {});
  // The engine ends us once everything under way has ended; should it fail to, this does.
  const provider = new KubernetesProvider(process.argv[2], () => setTimeout(() => process.exit(0), CANCEL_GRACE_MS));
  const server = new grpc.Server(channelOptions);
  server.addService(ResourceProviderService, provider.service());
  process.stdout.write(`${await listen(server)}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`the kubernetes provider cannot start: ${error.message}\n`);
  process.exit(1);
});
