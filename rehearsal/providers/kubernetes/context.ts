import { type Api, UnknownKindError } from "./api";
import type { ProviderConfig } from "./config";
import type { Mapping } from "./discovery";
import type { Host } from "./host";
import { UnreachableError } from "./http";
import { isCrd } from "./objects";
import type { Json } from "./values";

/** What every operation on resources needs: the cluster, the configuration, the user's screen. */
export interface Context {
  /** Throws when the kubeconfig leads nowhere. */
  readonly api: Api;
  readonly config: ProviderConfig;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  readonly host: Host;
  readonly scopes: Scopes;
  /** Aborted when the user cancels the update. */
  readonly signal: AbortSignal;
}

/** Built-in kinds outside namespaces, for when the API server cannot be asked. */
const CLUSTER_KINDS = new Set(
  [
    "APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding ClusterTrustBundle",
    "CustomResourceDefinition DeviceClass FlowSchema IPAddress IngressClass MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass",
    "PriorityLevelConfiguration ResourceSlice RuntimeClass ServiceCIDR StorageClass ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass",
  ]
    .join(" ")
    .split(" "),
);

/** Which kinds live in namespaces. Knows the CustomResourceDefinitions of the program before the API server does. */
export class Scopes {
  private readonly declared = new Map<string, boolean>();

  /** Remembers a CustomResourceDefinition; other objects are passed over. */
  declare(object: Json): void {
    if (!isCrd(object)) return;
    const { group, names, scope, versions } = object.spec ?? {};
    for (const version of Array.isArray(versions) ? versions : []) {
      this.declared.set(`${group}/${version?.name}/${names?.kind}`, scope === "Namespaced");
    }
  }

  /** Undefined when neither the server nor the program defines the kind. */
  async known(api: Api, apiVersion: string, kind: string): Promise<boolean | undefined> {
    let mapping: Mapping | undefined;
    try {
      mapping = await api.discovery.find(apiVersion, kind);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      if (CLUSTER_KINDS.has(kind)) return false;
    }
    return mapping?.namespaced ?? this.declared.get(`${apiVersion}/${kind}`);
  }

  /** As {@link known}; kinds that nobody defines yet are taken to be namespaced, as most are. */
  async namespaced(api: Api, apiVersion: string, kind: string): Promise<boolean> {
    return (await this.known(api, apiVersion, kind)) ?? true;
  }
}

/** The mapping of an object's kind, or undefined when it is not served yet or the server cannot be reached. */
export async function mappingIfAny(context: Context, object: Json): Promise<Mapping | undefined> {
  try {
    return await context.api.mapping(object);
  } catch (error) {
    if (error instanceof UnknownKindError) return undefined;
    if (!(error instanceof UnreachableError)) throw error;
    context.host.warnOnce(`${error.message}. The preview shows inputs only`);
    return undefined;
  }
}
