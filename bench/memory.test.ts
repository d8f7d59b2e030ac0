import { expect, it } from "vitest";
import { belonging, nameOf, parseProcesses } from "./memory";

const processes = parseProcesses(`
    1     0   9000 /sbin/init
  100     1 150000 node rehearsal/bootstrap.cjs bench/run.ts
  101   100 300000 /usr/bin/pulumi up
  102   101 200000 /usr/bin/node /repo/policy/index.js
  200     1  60000 /usr/bin/node --require tsx/cjs supervisor.ts /tmp/bench-x/local
  201   200   1000 /bin/sh -c tether
  202   201 600000 /usr/bin/kube-apiserver --cert-dir=/tmp/other
  300     1 700000 /usr/bin/kube-apiserver --cert-dir=/tmp/bench-y
`);

it("the processes of a folder are those that name it and those this process started, with their own children, each once", () => {
  expect(
    belonging(processes, "/tmp/bench-x", 100)
      .map(({ pid }) => pid)
      .sort(),
  ).toEqual([101, 102, 200, 201, 202]);
});

it("a process that names the folder and was started by this one counts once", () => {
  const both = parseProcesses("1 0 1 init\n7 1 1 node run\n8 7 5 pulumi --cwd /tmp/a\n9 8 6 etcd --data-dir=/tmp/a");
  expect(belonging(both, "/tmp/a", 7).map(({ rss }) => rss)).toEqual([5, 6]);
});

it.each([
  ["/usr/bin/kube-apiserver --etcd-servers=x", "kube-apiserver"],
  ["/usr/bin/node --require /m/node_modules/tsx/dist/cjs/index.cjs /repo/providers/nodejs/main.ts 1", "nodejs/main.ts"],
  ["node", "node"],
])("%s is called %s", (args, name) => {
  expect(nameOf(args)).toBe(name);
});
