import { type GoogleUniverse, partitions } from "../../catalog/partitions";
import { type Context, isObject, type Observation, type Path, type Resource, unknown, type Value, walk } from "../rule";
import { partitionsOf } from "./partitions";

/** Whom Google's IAM members name, and whether they are the environment's own. */

interface Member {
  readonly member: string | typeof unknown;
  readonly field: Path;
}

/** Resources that bind members, by the last part of their type. */
const binding = /IAM(Member|Binding|Policy)$/i;

/** Members that a resource names: `member`, `members`, the bindings of a policy as text, and the entities of access lists. */
export function membersIn({ type, props }: Resource): readonly Member[] {
  const kind = type.split(":").at(-1) ?? "";
  const found: Member[] = [];
  const add = (value: Value, field: Path) => {
    if (value === unknown || typeof value === "string") found.push({ member: value, field });
  };
  walk(props, (value, field) => {
    const key = field.at(-1);
    const list = field.at(-2);
    if (key === "member" || (list === "members" && typeof key === "number")) add(value, field);
    if ((key === "members" || key === "policyData") && value === unknown && binding.test(kind)) add(value, field);
    if (key === "policyData" && typeof value === "string") {
      const policy = parse(value);
      if (!isObject(policy)) add("(unreadable)", field);
      walk(policy, (item, path) => {
        if (path.at(-2) === "members" && typeof path.at(-1) === "number") add(item, field);
      });
    }
    // Access lists of buckets and objects, and of data sets.
    if (key === "entity" && /AccessControl$/i.test(kind)) add(entityAsMember(value), field);
    if (list === "roleEntities" && typeof value === "string") add(entityAsMember(value.replace(/^[A-Z]+:/, "")), field);
    if (key === "predefinedAcl" && typeof value === "string" && /^(publicRead|authenticatedRead)/i.test(value)) {
      add(value, field);
    }
    if (key === "iamMember" || (key === "specialGroup" && typeof value === "string" && /^all/.test(value)))
      add(value, field);
    if (key === "userByEmail" || key === "groupByEmail") {
      add(typeof value === "string" ? `${String(key).replace("ByEmail", "")}:${value}` : value, field);
    }
  });
  return found;
}

function parse(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

/** `user-ada@example.org` as a member: `user:ada@example.org`. */
const entityAsMember = (entity: Value): Value =>
  typeof entity === "string" ? entity.replace(/^(user|group|domain|project)-/, "$1:") : entity;

const universesOf = (context: Context): readonly GoogleUniverse[] =>
  partitionsOf(context).flatMap((name) => {
    const partition = partitions[name];
    return partition.provider === "gcp" ? [partition] : [];
  });

/** Why a member is not the environment's own, as an observation; none where it is. */
export function judgeMember(written: string, field: Path, context: Context): Observation[] {
  const member = written.trim();
  const { cluster } = context.environment;
  const say = (message: string): Observation[] => [{ field, value: written, message }];
  if (/^(allUsers|allAuthenticatedUsers|publicRead|publicReadWrite|authenticatedRead)$/i.test(member)) {
    return say("which is everybody");
  }
  if (cluster.kind !== "gke") {
    return say("a member of Google's IAM, and the environment has no project");
  }
  if (cluster.admins.some((admin) => admin.toLowerCase() === member.toLowerCase())) {
    return [];
  }
  const [kind = "", ...rest] = member.split(":");
  const name = rest.join(":");
  switch (kind.toLowerCase()) {
    case "serviceaccount":
      return ownAccount(name.toLowerCase(), context)
        ? []
        : say(`a service account of another project or universe; the project is ${cluster.project}`);
    case "principal":
    case "principalset":
      return ownPool(name, context) ? [] : say("an identity of a pool that is not the project's own");
    case "project":
    case "projectowner":
    case "projecteditor":
    case "projectviewer":
      return /^((owners|editors|viewers)-)?/.test(name) &&
        [cluster.project, cluster.projectNumber].includes(name.replace(/^(owners|editors|viewers)-/, ""))
        ? []
        : say("people of another project");
    case "user":
    case "group":
    case "domain":
      return say("whom cluster.admins does not name");
    default:
      return say("which is no member that can be read");
  }
}

/**
 * Google's services that act for the project, by the domain that their accounts have: those that this platform gives
 * something to. Any project may have an account that is called like one of them.
 */
const agents = ["container-engine-robot", "compute-system", "gcp-sa-logging"];

/** Service accounts of the project, of its identity pool, and of Google's services that act for it. */
function ownAccount(email: string, context: Context): boolean {
  const { cluster } = context.environment;
  if (cluster.kind !== "gke") return false;
  return universesOf(context).some((universe) => {
    const project = cluster.project.slice(universe.projectPrefix.length).toLowerCase();
    const [local = "", domain = ""] = email.split("@");
    const pool = `${project}.${universe.workloadIdentityDomain}`;
    const agent = local === `service-${cluster.projectNumber}`;
    return (
      domain === `${project}.${universe.serviceAccountDomain}` ||
      (agent && agents.some((name) => domain === `${name}.${universe.serviceAgentDomain}`)) ||
      email === `${project}@appspot.gserviceaccount.com` ||
      email === `${cluster.projectNumber}-compute@developer.gserviceaccount.com` ||
      email === `${cluster.projectNumber}@cloudservices.gserviceaccount.com` ||
      (email.startsWith(`${pool}[`) && email.endsWith("]"))
    );
  });
}

/** `//iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/<pool>/...`, with the cluster's own pool. */
function ownPool(name: string, context: Context): boolean {
  const { cluster } = context.environment;
  if (cluster.kind !== "gke") return false;
  const [, number, pool] =
    /^\/\/iam\.googleapis\.com\/projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/.+/.exec(name) ??
    [];
  return (
    number === cluster.projectNumber &&
    universesOf(context).some(
      (universe) =>
        pool === `${cluster.project.slice(universe.projectPrefix.length)}.${universe.workloadIdentityDomain}`,
    )
  );
}
