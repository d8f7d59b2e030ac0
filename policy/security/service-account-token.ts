import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  type Observation,
  type Path,
  type Resource,
  type StackRule,
  unknown,
  type Value,
} from "../rule";
import { at, groupOf, isRendered, kindOf, listOf, namespaceOf, objectName, type Pod, podsOf } from "./objects";
import { isBinding } from "./rbac";
import { lenient } from "./upstream";

/**
 * Accounts to which upstream's own charts give rights, for pods that the platform does not write. A stack cannot be seen to
 * do so before the chart is rendered, and so they are named here, as `namespace/name`.
 */
const callers: Readonly<Record<string, string>> = {
  "kai-resource-reservation/kai-resource-reservation":
    "KAI's pods that hold a GPU write on themselves which one it is; the chart grants them that",
  "dra-driver-nvidia-gpu/dra-driver-nvidia-gpu-service-account-kubeletplugin":
    "the plugin for GPUs that are cut by MIG publishes them, by the account that the driver's chart makes for its own plugin",
};

/**
 * A token of the API server is mounted only into pods that have something to do there: those whose service account some
 * role of the stack is bound to.
 */
export const serviceAccountToken: StackRule = {
  id: "security-service-account-token",
  title: "Pods have no token that they have no use for",
  concern: "security",
  severity: "medium",
  frameworks: frameworks["security-service-account-token"],
  remedy: "state automountServiceAccountToken: false",
  applies: (resource) => isAccount(resource) || (isRendered(resource) && podsOf(resource).pods.length > 0),
  checkStack(resources, context) {
    const bound = boundAccounts(resources);
    const accounts = resources.filter(isAccount);
    return resources.flatMap((resource) => {
      const found = isAccount(resource) ? ofAccount(resource, bound) : ofPods(resource, accounts, bound, context);
      return lenient(found, resource, context).map((seen) => ({ ...seen, resource }));
    });
  },
};

const isAccount = (resource: Resource) => kindOf(resource) === "ServiceAccount" && groupOf(resource) === "";

interface Bound {
  readonly names: ReadonlySet<string>;
  /** Whether some binding's subjects are not known. */
  readonly unclear: boolean;
}

const key = (namespace: Value, name: Value) => `${String(namespace)}/${String(name)}`;

function boundAccounts(resources: readonly Resource[]): Bound {
  const names = new Set(Object.keys(callers));
  let unclear = false;
  for (const binding of resources.filter(isBinding)) {
    const subjects = at(binding.props, "subjects");
    if (subjects === unknown) unclear = true;
    for (const subject of listOf(subjects)) {
      const namespace = at(subject, "namespace") ?? namespaceOf(binding);
      const name = at(subject, "name");
      if (namespace === unknown || name === unknown) unclear = true;
      else if (at(subject, "kind") === "ServiceAccount") names.add(key(namespace, name));
    }
  }
  return { names, unclear };
}

function ofAccount(account: Resource, bound: Bound): Observation[] {
  const mounts = account.props.automountServiceAccountToken;
  if (mounts === false) return [];
  const field = ["automountServiceAccountToken"];
  if (mounts === unknown || namespaceOf(account) === unknown) return [deferred(field)];
  return unbound(key(namespaceOf(account), objectName(account)), bound, field);
}

const unbound = (account: string, bound: Bound, field: Path): Observation[] =>
  bound.names.has(account)
    ? []
    : bound.unclear
      ? [deferred(field)]
      : [
          {
            field,
            message: `is not false, and no role of the stack is bound to ${account}: it has no use for the token`,
          },
        ];

function ofPods(resource: Resource, accounts: readonly Resource[], bound: Bound, _context: Context): Observation[] {
  return podsOf(resource).pods.flatMap((pod) => ofPod(pod, namespaceOf(resource), accounts, bound));
}

function ofPod({ spec, field }: Pod, namespace: Value, accounts: readonly Resource[], bound: Bound): Observation[] {
  const name = spec.serviceAccountName ?? spec.serviceAccount ?? "default";
  const own = spec.automountServiceAccountToken;
  const place = [...field, "automountServiceAccountToken"];
  if (own === unknown) return [deferred(place)];
  if (name === unknown || namespace === unknown)
    return own === false ? [] : [deferred([...field, "serviceAccountName"])];
  const account = accounts.find((one) => objectName(one) === name && namespaceOf(one) === namespace);
  const mounts =
    own === undefined || own === null ? account?.props.automountServiceAccountToken !== false : own !== false;
  const projected = listOf(spec.volumes).flatMap((volume, index) =>
    listOf(at(volume, "projected", "sources")).flatMap((source, nth): Path[] => {
      const token = at(source, "serviceAccountToken");
      const audience = at(token, "audience");
      // A token for another audience is how a cloud or SPIRE knows the workload; the API server takes none of those.
      const forApi =
        token !== undefined &&
        token !== null &&
        (audience === undefined || audience === null || audience === "" || /kubernetes/i.test(String(audience)));
      return forApi ? [[...field, "volumes", index, "projected", "sources", nth, "serviceAccountToken"]] : [];
    }),
  );
  const of = key(namespace, name);
  return [
    ...(mounts ? unbound(of, bound, place) : []),
    ...projected.flatMap((at): Observation[] =>
      bound.names.has(of)
        ? []
        : [{ field: at, message: `mounts a token of the API server, and no role of the stack is bound to ${of}` }],
    ),
  ];
}
