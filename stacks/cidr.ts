import { IPv4 } from "ipaddr.js";
import { z } from "zod";

/** An IPv4 range in CIDR notation, written with its first address. */
export const cidr = z.string().superRefine((value, context) => {
  const first = IPv4.isValidCIDRFourPartDecimal(value) ? IPv4.networkAddressFromCIDR(value).toString() : undefined;
  if (first === undefined) {
    context.addIssue({ code: "custom", message: "an IPv4 range such as 10.64.0.0/16" });
  } else if (!value.startsWith(`${first}/`)) {
    context.addIssue({
      code: "custom",
      message: `the range by its first address, ${first}/${value.slice(value.indexOf("/") + 1)}`,
    });
  }
});

/** Whether two IPv4 ranges share an address. Throws when one of them is no CIDR. */
export function overlap(one: string, other: string): boolean {
  const [address, bits] = IPv4.parseCIDR(one);
  const [otherAddress, otherBits] = IPv4.parseCIDR(other);
  return address.match(otherAddress, Math.min(bits, otherBits));
}
