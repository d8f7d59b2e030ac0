import { type Model, type RoleName, rolesOf, type Version } from "./model";

/** Names of what serves a model, all of it in the namespace of its tenant; and whether models leave each other theirs. */

/** Name of what belongs to one version: that of the model, where it has but one. Its picker's pool has it as well. */
export const versionName = ({ name }: Pick<Model, "name">, version: Pick<Version, "name">): string =>
  version.name === undefined ? name : `${name}-${version.name}`;

/**
 * Name of the servers of one role of a version.
 *
 * @param overflow the pool, where it is not the model's own
 */
export function workloadName(
  model: Pick<Model, "name">,
  version: Pick<Version, "name">,
  role: RoleName,
  overflow?: string,
): string {
  const place = overflow === undefined ? "" : `-${overflow}`;
  return `${versionName(model, version)}${place}${role === "both" ? "" : `-${role}`}`;
}

export const pickerName = (pool: string) => `${pool}-picker`;
/** Of the Service by which a picker with the precise cache finds who turns prompts into tokens. */
export const renderName = (pool: string) => `${pool}-render`;

/** What a tenant's namespace has beside its models, some of it of the same kinds. */
const taken = ["deny-ingress", "metrics", "model-cache", "models"] as const;

/** What the name of a Service, and the value of a label, may have. */
const longest = 63;
/**
 * What is left of that for servers of which pods must be known by their names, as metrics have them, or by the label
 * `controller-revision-hash`, which has the name of a StatefulSet: a number, a hash of ten and what they are joined by.
 * A pod's name that would be longer is cut where its Deployment's no longer ends with a dash.
 */
const longestFollowed = 46;

/** Names of what one version is served by, each with the characters that it may have. */
function namesOf(model: Model, version: Version): ReadonlyMap<string, number> {
  const { variants, backend, routing } = model;
  const pool = versionName(model, version);
  const further =
    backend === "dynamo" ? [`${pool}-frontend`] : routing === "picker" ? [pickerName(pool), renderName(pool)] : [];
  const places = [undefined, ...variants.map((variant) => variant.pool)];
  return new Map([
    ...[pool, ...further].map((name) => [name, longest] as const),
    ...rolesOf(version.serving).flatMap(({ name: role, role: { nodes, scale } }) => {
      const most = backend === "llm-d" && (nodes > 1 || scale !== undefined) ? longestFollowed : longest;
      return places.map((place) => [workloadName(model, version, role, place), most] as const);
    }),
  ]);
}

type Path = readonly (string | number)[];

/**
 * Reports models whose names make none that Kubernetes takes, or the same one as another's of their tenant: a version `b`
 * of a model `a` is served by what a model `a-b` would be.
 *
 * @param models each with the path under which it is reported
 */
export function checkServingNames(
  models: readonly { readonly model: Model; readonly at: Path }[],
  report: (path: (string | number)[], expected: string) => void,
): void {
  const owners = new Map<string, string>();
  for (const { model, at } of models) {
    const path = [...at, "name"];
    const names = model.versions.flatMap((version) => [...namesOf(model, version)]);
    const [long, most] = names.find(([name, limit]) => name.length > limit) ?? [];
    const own = new Set([model.name, ...names.map(([name]) => name)]);
    const distinct = new Set(names.map(([name]) => name));
    // One that has another's own name is reported where names are.
    const other = [...own].find((name) => (owners.get(`${model.tenant}/${name}`) ?? model.name) !== model.name);
    if (!/^[a-z]/.test(model.name)) {
      report(path, "a name that begins with a letter: Services are named after it");
    } else if ((taken as readonly string[]).includes(model.name)) {
      report(path, `another name: each tenant's namespace has ${taken.join(", ")} of its own`);
    } else if (long !== undefined) {
      report(
        path,
        `a shorter name, or shorter ones of its versions or pools: "${long}" has ${long.length} characters of at most ${most}`,
      );
    } else if (other !== undefined) {
      report(path, `another name: "${other}" would be a part of it and of ${owners.get(`${model.tenant}/${other}`)}`);
    } else if (names.length > distinct.size) {
      report(path, "versions of other names: two of them make the same");
    }
    for (const name of own) {
      owners.set(`${model.tenant}/${name}`, model.name);
    }
  }
}
