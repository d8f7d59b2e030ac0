import path from "node:path";
import { type Binaries, startControlPlane } from "../rehearsal/control-plane";
import { startBareControlPlane } from "./bare-control-plane";
import type { Context, Measurement } from "./case";
import { timed } from "./statistics";

const repetitions = 3;

/** How long a control plane takes to be ready, with an empty folder every time, ours and the bare one by turns. */
export async function controlPlaneReady(context: Context): Promise<Measurement> {
  const ours: number[] = [];
  const bare: number[] = [];
  const binaries = Object.fromEntries(
    Object.entries(context.tools.needed).map(([name, tool]) => [name, tool.path]),
  ) as unknown as Binaries;
  for (let turn = 0; turn < repetitions; turn++) {
    const folder = (whose: string) => path.join(context.folder, `${whose}-control-plane-${turn}`);
    const own = await timed(() => startControlPlane({ folder: folder("our"), binaries, contexts: ["bench"] }));
    ours.push(own.seconds);
    await own.value.stop();
    context.signal.throwIfAborted();
    const other = await timed(() => startBareControlPlane(context, folder("bare")));
    bare.push(other.seconds);
    await other.value.stop();
    context.signal.throwIfAborted();
  }
  return { name: "control plane ready", unit: "s", ours, bare: { is: "etcd and kube-apiserver alone", values: bare } };
}
