import { z } from "zod";

/** A host outside the platform that it may call, and who runs it. */
const endpoint = z.strictObject({
  host: z
    .string()
    .regex(
      /^(\*\.[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9-]+(\.[a-z0-9-]+)*)$/,
      "a host name in lower case without scheme and port, such as huggingface.co, or *.example.org for any name below it",
    )
    .describe("Host name; `*.` in front stands for any name below it."),
  operator: z.string().min(1).describe("Who runs it."),
  jurisdiction: z.string().min(1).describe("Of what law its operator is under, such as eu or us."),
  purpose: z.string().min(1).describe("What it is called for, such as model weights or telemetry."),
});

/** What the sovereignty policies hold an environment to. */
export const jurisdiction = z
  .strictObject({
    name: z.string().min(1).describe("Of what law the data stays under, such as eu."),
    sovereign: z.boolean().default(false).describe("Sovereignty rules cannot be relaxed."),
    regions: z
      .array(z.string().min(1))
      .min(1)
      .describe("Regions that may hold anything of this environment: keys of catalog/regions.ts, or of `sites`."),
    registries: z
      .array(z.string().min(1))
      .min(1)
      .describe("Hosts (or host/path prefixes) that images and charts may come from."),
    endpoints: z
      .array(endpoint)
      .default([])
      .describe("Hosts outside that the platform may call: model hubs, telemetry, LLM providers, webhooks."),
    isolation: z
      .enum(["none", "kvm", "confidential"])
      .default("none")
      .describe(
        "What keeps workloads apart beside their containers: virtual machines, or ones whose memory is encrypted.",
      ),
    auditRetentionDays: z.int().min(1).default(90).describe("How many days audit logs are kept at least."),
  })
  .describe("What the sovereignty policies hold the environment to.");
