import { accelerators } from "../../../catalog/accelerators";
import { type GpuPool, type Model, type Role, rolesOf, type Version } from "../../../stacks/environment";
import { tenantScope } from "../../labels";
import { hamiScheduler, schedulerOf } from "../../scheduling/placement";
import { dynamoNamespaceOf } from "./types";

/** What is asked for and cannot be had: where in the model, why, and what to do instead of using llm-d. */
interface Limit {
  /** Path below the model. */
  readonly at: string;
  readonly why: string;
  readonly instead: string;
}

const notYet = "is not supported by this blueprint yet";

/** Everything that a model asks for and Dynamo cannot do here. Empty where it can be served. */
function limitsOf(model: Model, pool: GpuPool): readonly Limit[] {
  const [version] = model.versions;
  return [
    ...limit(
      model.versions.length > 1 || version?.name !== undefined,
      "versions",
      `serves one state of the weights in a graph, and dividing requests among graphs ${notYet}`,
      "state `source` in their place",
    ),
    ...limit(
      model.adapters.length > 0,
      "adapters",
      `loads adapters through DynamoModel, which ${notYet}`,
      "leave adapters out",
    ),
    ...limit(model.variants.length > 0, "variants", `on further pools ${notYet}`, "leave variants out"),
    ...limit(
      model.kvCache !== undefined,
      "kvCache",
      `keeps caches outside of GPUs with its KV Block Manager, which ${notYet}`,
      "leave kvCache out",
    ),
    ...limit(
      model.priority !== 0,
      "priority",
      "takes a request's priority from the request alone (nvext.agent_hints), so a model's own would mean nothing",
      "leave priority out",
    ),
    ...limit(
      schedulerOf(pool) === hamiScheduler,
      "pool",
      `is placed through Grove, which works with kube-scheduler and KAI and would take ${hamiScheduler} away from pods of pool ${pool.name}`,
      "use a pool of another owner",
    ),
    ...limit(
      dynamoNamespaceOf(tenantScope(model.tenant), model.name).length > 63,
      "name",
      `labels pods ${dynamoNamespaceOf(tenantScope(model.tenant), model.name)}, which is longer than the 63 characters of a label`,
      "shorten the name of the model or of its tenant",
    ),
    ...model.versions.flatMap((each) => limitsOfVersion(each, pool)),
  ];
}

function limitsOfVersion({ source, serving }: Version, pool: GpuPool): readonly Limit[] {
  return [
    ...limit(
      source.kind !== "huggingFace",
      "source",
      `reads Hugging Face; a source of kind ${source.kind} ${notYet}`,
      "name the repository on Hugging Face",
    ),
    ...rolesOf(serving).flatMap(({ key, role }) => limitsOfRole(`serving.${key}`, role, pool)),
  ];
}

function limitsOfRole(at: string, role: Role, pool: GpuPool): readonly Limit[] {
  const { gpus, nodes, slice, tensorParallel, expertParallel, scale } = role;
  return [
    ...limit(slice !== undefined, `${at}.slice`, `on a part of a GPU ${notYet}`, "ask for gpus"),
    ...limit(
      expertParallel,
      `${at}.expertParallel`,
      `with experts spread over GPUs ${notYet}`,
      "leave expertParallel out",
    ),
    ...limit(
      !expertParallel && tensorParallel !== gpus * nodes,
      `${at}.tensorParallel`,
      `with data-parallel engines in one replica ${notYet}; a replica here has ${gpus * nodes} GPUs`,
      "leave tensorParallel out and state replicas",
    ),
    ...limit(
      scale !== undefined,
      `${at}.scale`,
      `scales through a DynamoGraphDeploymentScalingAdapter, which ${notYet}`,
      "state replicas",
    ),
    ...limit(
      nodes > 1 && accelerators[pool.accelerator].multiNodeNvlink,
      `${at}.nodes`,
      `over nodes of one NVLink domain, as those of pool ${pool.name} are, ${notYet}: nothing would keep a replica within one`,
      "use replicas of one node",
    ),
  ];
}

const limit = (met: boolean, at: string, why: string, instead: string): readonly Limit[] =>
  met ? [{ at, why, instead }] : [];

/**
 * Makes sure that Dynamo can serve a model as it is stated, before anything is created. Models of other backends pass.
 *
 * @param pool the model's own
 * @throws with one sentence for each thing that it cannot do
 */
export function checkBackend(model: Model, pool: GpuPool, where = `models.${model.name}`): void {
  if (model.backend !== "dynamo") {
    return;
  }
  const sentences = limitsOf(model, pool).map(
    ({ at, why, instead }) => `${where}.${at}: backend dynamo ${why}; use backend: llm-d, or ${instead}`,
  );
  if (sentences.length > 0) {
    throw new Error(sentences.join("\n"));
  }
}
