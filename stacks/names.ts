import { z } from "zod";

/** The keys of a catalog table, as an enum takes them. */
export const keysOf = <T extends object>(table: T) => Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];

/** A DNS-1123 label: what Kubernetes accepts as the name of nearly everything. */
export const name = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/,
    "a lower-case DNS label of at most 42 characters, such as team-search",
  );
