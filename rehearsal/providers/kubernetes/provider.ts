/**
 * A stand-in for the official `pulumi-resource-kubernetes` (4.34), for places where that cannot be had. It answers the
 * same protocol, applies server-side to a real API server, and writes state that the official provider can take over.
 *
 * Where it differs from the official provider:
 *
 * - Only server-side apply. No client-side apply, no rendering of YAML to a directory, no `helm.v3.Release`, no
 *   `kustomize.v2.Directory`, no `helm.v3.Chart`, no `kustomize.Directory`, no CRD parameterization, no `List`. Each is
 *   refused with an error that says so.
 * - Kubeconfigs with auth-provider plugins, with exec plugins that need a terminal, or with a proxy, are refused. A
 *   request that is answered 401 is repeated once after another exec login; client-go logs in for the next one only.
 * - Server-side field validation is strict in previews and updates; the official provider checks inputs against the
 *   server's OpenAPI schema and only warns of unknown fields. So a misspelt field fails here and may pass there.
 * - An object that is there already is adopted when its `managedFields` show that this same resource made it (an update
 *   was cut off before its state was written). The official provider fails there, as both do for anybody else's object
 *   unless `upsertExistingObjects` is set.
 * - The field manager's suffix follows from the URN instead of being random.
 * - A change that the API server calls immutable replaces the object, with a warning; the official provider replaces for
 *   the fields in its own table only (which is followed here too) and fails on others.
 * - Inputs are compared with the inputs of last time, and drift with the recorded live object. The official provider
 *   brings both to a canonical form with Kubernetes' Go types; the outcome differs for a program that merely spells a
 *   value differently (cpu "1" for "1000m"): an update here, no change there.
 * - Definitions are awaited until they are established and served, namespaces until they are active; they are updated
 *   by apply, not by replace. A custom resource waits up to 60 s for its kind, any object up to 15 s for its namespace.
 * - A service's endpoints count as settled after 2 s, not 10, and are read from EndpointSlices. Ingresses are ready when
 *   they have an address, whether or not their services have endpoints. A refresh does not check services' readiness.
 * - An update re-creates an object that was deleted behind our back; the official provider fails until a refresh.
 * - Charts are rendered by the `helm` binary, client-side with the server's version and API versions: `lookup` finds
 *   nothing. `verify`, `keyring` and `postRenderer` are refused or ignored. Secret values come out secret where they are
 *   recognised in what was rendered, and a secret `yaml` or `objs` of a ConfigGroup closes what it makes.
 * - Outputs leave out `metadata.managedFields`, and in previews what only the real run can tell (uid, resourceVersion).
 * - No warnings of deprecated API versions. Cluster-wide rate limits (`qps`, `burst`) have no effect.
 */
import { setMaxListeners } from "node:events";
import * as grpc from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serviceOf, toCheckFailure } from "../rpc";
import { Api } from "./api";
import { create, update } from "./apply";
import { check } from "./check";
import { checkConfig, diffConfig, type ProviderConfig, readConfig } from "./config";
import { construct } from "./construct";
import { type Context, Scopes } from "./context";
import { remove } from "./delete";
import { formatPath, toPropertyDiff } from "./diff";
import { EngineHost, type Host } from "./host";
import { UnreachableError } from "./http";
import { connect } from "./kubeconfig";
import { parseYaml } from "./manifests";
import { diff } from "./plan";
import { read } from "./read";
import { refuseUnsupported } from "./unsupported";
import { decode, encode, reveal } from "./values";
import { PLUGIN_VERSION } from "./version";

export class KubernetesProvider {
  private host: Host;
  private config: ProviderConfig | undefined;
  private connected: Api | undefined;
  private readonly scopes = new Scopes();
  private readonly cancelled = new AbortController();

  /** `onCancel` is called when the user cancels the update; operations under way then end by themselves. */
  constructor(
    engineAddress: string | undefined,
    private readonly onCancel: () => void = () => {},
  ) {
    this.host = new EngineHost(engineAddress);
    // Every operation under way listens for the cancellation; there is no leak to warn of.
    setMaxListeners(0, this.cancelled.signal);
  }

  /** Everything that the provider answers, in the form that the gRPC server takes. */
  service(): grpc.UntypedServiceImplementation {
    const answers = {
      handshake: async () => this.handshake(),
      attach: async (request: PluginAttach) => this.attach(request),
      getPluginInfo: async () => this.pluginInfo(),
      getSchema: async () => this.schema(),
      checkConfig: async (request: pb.CheckRequest) => this.checkConfig(request),
      diffConfig: async (request: pb.DiffRequest) => this.diffConfig(request),
      configure: async (request: pb.ConfigureRequest) => this.configure(request),
      check: (request: pb.CheckRequest) => this.check(request),
      diff: (request: pb.DiffRequest) => this.diff(request),
      create: (request: pb.CreateRequest) => this.create(request),
      read: (request: pb.ReadRequest) => this.read(request),
      update: (request: pb.UpdateRequest) => this.update(request),
      delete: (request: pb.DeleteRequest) => this.delete(request),
      construct: (request: pb.ConstructRequest) => this.construct(request),
      invoke: async (request: pb.InvokeRequest) => this.invoke(request),
      getMapping: async () => new pb.GetMappingResponse(),
      getMappings: async () => new pb.GetMappingsResponse(),
      cancel: async () => this.cancel(),
    };
    return serviceOf("the stand-in kubernetes provider", answers, (error) =>
      error instanceof UnreachableError ? grpc.status.UNAVAILABLE : grpc.status.UNKNOWN,
    );
  }

  private handshake(): pb.ProviderHandshakeResponse {
    const answer = new pb.ProviderHandshakeResponse();
    answer.setAcceptSecrets(true);
    answer.setAcceptResources(true);
    answer.setAcceptOutputs(true);
    answer.setSupportsAutonamingConfiguration(true);
    return answer;
  }

  private attach(request: PluginAttach): Empty {
    this.host = new EngineHost(request.getAddress());
    return new Empty();
  }

  private pluginInfo(): PluginInfo {
    const info = new PluginInfo();
    info.setVersion(PLUGIN_VERSION);
    return info;
  }

  /** The engine needs a schema's name and version at most; the types are in the SDK that the program uses. */
  private schema(): pb.GetSchemaResponse {
    const answer = new pb.GetSchemaResponse();
    answer.setSchema(JSON.stringify({ name: "kubernetes", version: PLUGIN_VERSION }));
    return answer;
  }

  private checkConfig(request: pb.CheckRequest): pb.CheckResponse {
    const answer = new pb.CheckResponse();
    answer.setInputs(request.getNews());
    answer.setFailuresList(checkConfig(decode(request.getNews())).map(toCheckFailure));
    return answer;
  }

  private diffConfig(request: pb.DiffRequest): pb.DiffResponse {
    const { diffs, replaces } = diffConfig(decode(request.getOlds()), decode(request.getNews()));
    const answer = new pb.DiffResponse();
    answer.setChanges(diffs.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE);
    answer.setDiffsList(diffs);
    answer.setReplacesList(replaces);
    return answer;
  }

  private configure(request: pb.ConfigureRequest): pb.ConfigureResponse {
    const variables = new Map<string, string>();
    request.getVariablesMap().forEach((value: string, key: string) => {
      variables.set(key, value);
    });
    this.config = readConfig(variables);
    // A kubeconfig that was asked for by name is checked at once; without any, components and invokes may still work.
    const { kubeconfig, context } = this.config.selection;
    if ((kubeconfig || context) && !this.config.deleteUnreachable && !this.config.skipUpdateUnreachable) this.api();
    const answer = new pb.ConfigureResponse();
    answer.setAcceptsecrets(true);
    answer.setAcceptresources(true);
    answer.setAcceptoutputs(true);
    answer.setSupportspreview(true);
    answer.setSupportsAutonamingConfiguration(true);
    return answer;
  }

  private async check(request: pb.CheckRequest): Promise<pb.CheckResponse> {
    refuseUnsupported(request.getUrn());
    const autonaming = request.getAutonaming();
    const { inputs, failures } = await check(this.context(), {
      urn: request.getUrn(),
      olds: decode(request.getOlds()),
      news: decode(request.getNews()),
      randomSeed: request.getRandomseed_asU8(),
      autonaming: autonaming && {
        proposed: autonaming.getProposedName(),
        disabled: autonaming.getMode() === pb.CheckRequest.AutonamingOptions.Mode.DISABLE,
      },
    });
    const answer = new pb.CheckResponse();
    answer.setInputs(encode(inputs));
    answer.setFailuresList(failures.map(toCheckFailure));
    return answer;
  }

  private async diff(request: pb.DiffRequest): Promise<pb.DiffResponse> {
    refuseUnsupported(request.getUrn());
    const { changes, replaces, deleteBeforeReplace } = await diff(this.context(), {
      urn: request.getUrn(),
      olds: decode(request.getOlds()),
      oldInputs: decode(request.getOldInputs()),
      news: decode(request.getNews()),
      ignoreChanges: request.getIgnorechangesList(),
    });
    const answer = new pb.DiffResponse();
    const some = changes.length > 0 || replaces.length > 0;
    answer.setChanges(some ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE);
    answer.setReplacesList(replaces);
    answer.setDeletebeforereplace(deleteBeforeReplace);
    answer.setDiffsList([...new Set(changes.map((change) => String(change.path[0])))]);
    answer.setHasdetaileddiff(true);
    for (const change of changes) answer.getDetaileddiffMap().set(formatPath(change.path), toPropertyDiff(change));
    return answer;
  }

  private async create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    refuseUnsupported(request.getUrn());
    const { id, outputs } = await create(this.context(), {
      urn: request.getUrn(),
      inputs: decode(request.getProperties()),
      preview: request.getPreview(),
      timeout: request.getTimeout(),
    });
    const answer = new pb.CreateResponse();
    answer.setId(id);
    answer.setProperties(encode(outputs));
    return answer;
  }

  private async read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    refuseUnsupported(request.getUrn());
    const { id, outputs, inputs } = await read(this.context(), {
      urn: request.getUrn(),
      id: request.getId(),
      outputs: decode(request.getProperties()),
      inputs: decode(request.getInputs()),
    });
    const answer = new pb.ReadResponse();
    answer.setId(id);
    if (outputs) answer.setProperties(encode(outputs));
    if (inputs) answer.setInputs(encode(inputs));
    return answer;
  }

  private async update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    refuseUnsupported(request.getUrn());
    const outputs = await update(this.context(), {
      urn: request.getUrn(),
      olds: decode(request.getOlds()),
      inputs: decode(request.getNews()),
      preview: request.getPreview(),
      timeout: request.getTimeout(),
      ignoreChanges: request.getIgnorechangesList(),
    });
    const answer = new pb.UpdateResponse();
    answer.setProperties(encode(outputs));
    return answer;
  }

  private async delete(request: pb.DeleteRequest): Promise<Empty> {
    refuseUnsupported(request.getUrn());
    await remove(this.context(), {
      urn: request.getUrn(),
      id: request.getId(),
      outputs: decode(request.getProperties()),
      timeout: request.getTimeout(),
    });
    return new Empty();
  }

  private async construct(request: pb.ConstructRequest): Promise<pb.ConstructResponse> {
    const { urn, state } = await construct(this.context(), request);
    const answer = new pb.ConstructResponse();
    answer.setUrn(urn);
    answer.setState(encode(state));
    return answer;
  }

  private invoke(request: pb.InvokeRequest): pb.InvokeResponse {
    const token = request.getTok();
    if (token !== "kubernetes:yaml:decode") {
      throw new Error(
        `the function ${token} is not supported by the stand-in kubernetes provider; ` +
          "helm.v4.Chart and the components of yaml.v2 are, or use the official provider",
      );
    }
    const { text } = reveal(decode(request.getArgs()));
    const answer = new pb.InvokeResponse();
    answer.setReturn(encode({ result: parseYaml(String(text), "the manifest") }));
    return answer;
  }

  private cancel(): Empty {
    this.cancelled.abort(new Error("the update was cancelled"));
    this.onCancel();
    return new Empty();
  }

  /** Read lazily, so that a program without Kubernetes resources needs no cluster. Throws when there is none. */
  private api(): Api {
    if (!this.config) throw new Error("the kubernetes provider was not configured");
    this.connected ??= new Api(connect(this.config.selection), this.config.timeout * 1000);
    return this.connected;
  }

  private context(): Context {
    if (!this.config) throw new Error("the kubernetes provider was not configured");
    const provider = this;
    const config = this.config;
    return {
      config,
      // Late, so that a cluster that is gone can be told from one that was never there: deleteUnreachable needs neither.
      get api() {
        return provider.reach();
      },
      get namespace() {
        return config.namespace ?? provider.reach().connection.namespace;
      },
      host: this.host,
      scopes: this.scopes,
      signal: this.cancelled.signal,
    };
  }

  private reach(): Api {
    try {
      return this.api();
    } catch (error) {
      throw new UnreachableError((error as Error).message);
    }
  }
}
