import * as grpc from "@grpc/grpc-js";

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
