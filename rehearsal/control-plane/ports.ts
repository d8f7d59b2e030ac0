import { randomInt } from "node:crypto";
import { connect, createServer, type Server } from "node:net";

/**
 * Where ports are taken from. Linux and macOS give outgoing connections ports from 32768 up, and with a whole control
 * plane connecting to itself one of those would every now and then be taken before its server has started.
 */
const lowest = 10_000;
const highest = 32_767;

/**
 * Finds `count` free TCP ports on loopback, all different. A port that is `wanted` in some place is given there, if it is
 * free.
 */
export async function freePorts(count: number, wanted: readonly number[] = []): Promise<number[]> {
  const held = new Map<number, Server>();
  const take = async (port: number): Promise<number | undefined> => {
    const server = held.has(port) ? undefined : await hold(port);
    if (server !== undefined) held.set(port, server);
    return server && port;
  };
  const ports: (number | undefined)[] = [];
  for (let index = 0; index < count; index++) {
    const port = wanted[index];
    ports.push(port === undefined ? undefined : await take(port));
  }
  for (let tries = 0; ports.includes(undefined) && tries < 100 * count; tries++) {
    ports[ports.indexOf(undefined)] = await take(randomInt(lowest, highest + 1));
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  if (ports.includes(undefined))
    throw new Error(`no ${count} free ports on 127.0.0.1 between ${lowest} and ${highest}`);
  return ports as number[];
}

/** Listens on a port; undefined where somebody else does. */
function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Whether somebody listens on a port of loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
