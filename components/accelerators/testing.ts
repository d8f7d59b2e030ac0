import { type GpuPool, type Pool, pool as poolSchema } from "../../stacks/pool";

type Stated = Partial<Parameters<typeof poolSchema.parse>[0] & object> & Record<string, unknown>;

/** A GPU pool of two nodes with eight H100 each, known by its own label, with whatever a test is about laid over it. */
export function gpuPool(name: string, change: Stated = {}): GpuPool {
  const stated = poolSchema.parse({
    name,
    accelerator: "h100-80gb",
    perNode: 8,
    min: 2,
    max: 2,
    driver: "host",
    labels: { pool: name },
    ...change,
  });
  return { ...stated, machine: { cpus: 192, memoryGib: 2048 } } as Pool as GpuPool;
}
