import { type Region, regions } from "../catalog/regions";
import type { Environment } from "../stacks/environment";

/** Every region that the catalog knows, and an environment's data centres of its own, as regions. */
export const regionsOf = ({ stack, sites }: Environment): Readonly<Record<string, Region>> => ({
  ...regions,
  ...Object.fromEntries(
    sites.map(({ name, country, jurisdiction, operator }) => [
      name,
      {
        provider: "existing" as const,
        partition: "",
        dnsSuffix: "",
        jurisdiction,
        country,
        source: `sites of stack ${stack}, operated by ${operator}`,
        date: "unknown",
      },
    ]),
  ),
});
