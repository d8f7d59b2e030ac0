import { z } from "zod";

/** Where Pulumi keeps what it knows of the stack, and what encrypts the secrets in it. */
export const state = z
  .strictObject({
    backend: z
      .string()
      .regex(
        /^[a-z0-9]+:\/\/\S+$/,
        "a Pulumi backend, such as s3://bucket?region=eu-central-1&awssdk=v2 or gs://bucket",
      ),
    secretsProvider: z
      .string()
      .regex(
        /^(awskms|gcpkms|azurekeyvault|hashivault):\/\/\S+$/,
        "a key of one's own, such as awskms://alias/pulumi?region=eu-central-1 or gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
      ),
    region: z
      .string()
      .min(1)
      .describe("Where the backend and the key are: a key of catalog/regions.ts, or of `sites`."),
  })
  .describe("Where the stack's state rests, and what encrypts its secrets. A sovereign environment states it.");

export type StateSettings = z.output<typeof state>;
