/**
 * Run by isolation.test.ts in a process of its own: makes a VPC through the provider, and prints which hosts were
 * connected to or looked up, and which credentials were asked for.
 */
import dns from "node:dns";
import net from "node:net";

const connections: string[] = [];
const asked: string[] = [];

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const [options] = (Array.isArray(args[0]) ? args[0] : args) as [
    { host?: string; path?: string } | number,
    ...unknown[],
  ];
  const host = typeof options === "object" ? (options.host ?? options.path ?? "?") : "?";
  connections.push(host);
  if (host !== "127.0.0.1") throw new Error(`a connection to ${host}`);
  return connect.apply(this, args as Parameters<typeof connect>);
} as typeof connect;

const lookup = dns.lookup;
dns.lookup = ((host: string, ...rest: unknown[]) => {
  if (host !== "127.0.0.1") connections.push(host);
  return (lookup as (...args: unknown[]) => void)(host, ...rest);
}) as typeof lookup;

process.env = new Proxy(process.env, {
  get(target, name: string) {
    if (/^(AWS|GOOGLE|GCLOUD|CLOUDSDK)_/.test(name)) asked.push(name);
    return target[name];
  },
});

async function main(): Promise<void> {
  // Loaded now, after what watches them is in place.
  const { configFor }: typeof import("./aws/testing") = require("./aws/testing");
  const { testCloud }: typeof import("./testing") = require("./testing");
  const cloud = await testCloud("aws", configFor("eu-north-1"));
  const { id } = await cloud.engine.create("aws:ec2/vpc:Vpc", "main", { cidrBlock: "10.0.0.0/16" });
  await cloud.stop();
  process.stdout.write(`${JSON.stringify({ connections, asked, made: id })}\n`);
}

void main();
