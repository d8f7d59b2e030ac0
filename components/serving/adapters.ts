import { createHash } from "node:crypto";
import type { Adapter } from "../../stacks/environment";

/**
 * Name under which servers know an adapter: its own, and what tells its sources apart. Another source is another
 * adapter to them, so that a rollout never mixes two.
 */
export const adapterModule = ({ name, source }: Adapter): string =>
  `${name}-${createHash("sha256").update(JSON.stringify(source)).digest("hex").slice(0, 8)}`;
