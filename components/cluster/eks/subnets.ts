/** A subnet of one zone. `zone` is the letter of the zone, `cidr` its range. */
export interface ZoneRange {
  readonly zone: string;
  readonly cidr: string;
}

export interface SubnetRanges {
  /** For nodes and pods: a quarter of the network each. */
  readonly private: readonly ZoneRange[];
  /** For NAT gateways and load balancers: a sixteenth of the last quarter each. The rest of it stays free. */
  readonly public: readonly ZoneRange[];
}

/** An IPv4 address as a number. */
const toNumber = (address: string): number =>
  address.split(".").reduce((number, part) => number * 256 + Number(part), 0);

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

/**
 * Divides a network among three zones. `10.0.0.0/16` comes to `10.0.0.0/18`, `10.0.64.0/18` and `10.0.128.0/18` for nodes,
 * and `10.0.192.0/22` and the two that follow for what is public. Ranges do not depend on which zones are named, so that
 * a public subnet can be added or taken away and no node moves.
 *
 * @throws when there are not three zones, or the network is larger than /16 or smaller than /20.
 */
export function carve(cidr: string, zones: readonly string[]): SubnetRanges {
  const [address, size] = cidr.split("/");
  const bits = Number(size);
  if (zones.length !== 3 || new Set(zones).size !== 3) {
    throw new Error(`cluster.network.zones: ${JSON.stringify(zones)} are not three different zones: name three`);
  }
  if (address === undefined || !(bits >= 16 && bits <= 20)) {
    throw new Error(`cluster.network.cidr: ${cidr} cannot be divided among three zones: state a range from /16 to /20`);
  }
  const first = toNumber(address);
  const quarter = 2 ** (30 - bits);
  const small = quarter / 16;
  return {
    private: zones.map((zone, index) => ({ zone, cidr: `${toAddress(first + index * quarter)}/${bits + 2}` })),
    public: zones.map((zone, index) => ({
      zone,
      cidr: `${toAddress(first + 3 * quarter + index * small)}/${bits + 6}`,
    })),
  };
}
