import { customResource } from "../custom-resource";

/** Guarantee, ceiling and share of what is idle. -1 is without bound. */
export interface QueueResource {
  readonly quota: number;
  readonly limit: number;
  readonly overQuotaWeight: number;
}

/** Source: KAI v0.17.0, queues.scheduling.run.ai. CPU in thousandths, memory in MB, GPUs in GPUs. */
interface QueueSpec {
  readonly displayName?: string;
  readonly parentQueue?: string;
  readonly resources: { readonly cpu: QueueResource; readonly memory: QueueResource; readonly gpu: QueueResource };
}

export const Queue = customResource<QueueSpec>("kai-scheduler", "Queue");
