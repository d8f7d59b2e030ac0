import { customResource } from "../custom-resource";

/** What names the queue of a workload, and of a claim that pods share. Source: KAI v0.17.0 pkg/common/constants/constants.go. */
export const queueLabel = "kai.scheduler/queue";

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
  /** Queues of a higher one are served first and reclaimed from last; 100 where none is set. */
  readonly priority?: number;
  readonly resources: { readonly cpu: QueueResource; readonly memory: QueueResource; readonly gpu: QueueResource };
}

export const Queue = customResource<QueueSpec>("kai-scheduler", "Queue");
