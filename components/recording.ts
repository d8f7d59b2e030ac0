import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** One resource as the program registered it. */
export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** URN of its parent; empty for the platform itself. */
  readonly parent: string;
  /** URN and id of the provider that it goes through; empty for components. */
  readonly provider: string;
  /** URNs that must be there first. A component among them stands for all that it holds. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  /** Whether a provider makes it: the engine is shown none of its inputs then. */
  readonly remote: boolean;
  readonly ignoreChanges: readonly string[];
}

/** An object as the API server would be sent it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into objects of every kind.
  readonly [field: string]: any;
}

export class Recording {
  constructor(readonly resources: readonly RecordedResource[]) {}

  /** The one resource of a type token and name. Throws when there is none. */
  resource(type: string, name: string): RecordedResource {
    const found = this.resources.find((candidate) => candidate.type === type && candidate.name === name);
    if (found === undefined) {
      const same = this.resources.filter((candidate) => candidate.type === type).map((candidate) => candidate.name);
      throw new Error(`no ${type} named ${name}; of that type: ${same.join(", ") || "none"}`);
    }
    return found;
  }

  /** Every Kubernetes object that the program states itself, which is all but what charts and manifests hold. */
  get objects(): readonly KubernetesObject[] {
    return this.resources.map(({ inputs }) => inputs).filter(isObject);
  }

  /** The one object of a kind and name, in a namespace where more than one has it. Throws when there is none. */
  object(kind: string, name: string, namespace?: string): KubernetesObject {
    const found = this.objects.find(
      (candidate) =>
        candidate.kind === kind &&
        candidate.metadata.name === name &&
        (namespace === undefined || candidate.metadata.namespace === namespace),
    );
    if (found === undefined) {
      const same = this.objects.filter((candidate) => candidate.kind === kind).map(({ metadata }) => metadata.name);
      throw new Error(`no ${kind} named ${name}; of that kind: ${same.join(", ") || "none"}`);
    }
    return found;
  }

  /** Values that a chart is installed with. */
  // biome-ignore lint/suspicious/noExplicitAny: every chart has values of its own shape.
  values(release: string): any {
    return this.resource("kubernetes:helm.sh/v4:Chart", release).inputs.values;
  }

  /**
   * Whether one resource waits for another, through whatever lies between: a child is registered under its parent, which
   * is registered when all that it depends on is there.
   */
  waitsFor(later: RecordedResource, earlier: RecordedResource, seen = new Set<string>()): boolean {
    return [...later.dependencies, later.parent].some((urn) => {
      if (urn === earlier.urn) {
        return true;
      }
      if (seen.has(urn)) {
        return false;
      }
      seen.add(urn);
      const between = this.resources.find((candidate) => candidate.urn === urn);
      return between !== undefined && this.waitsFor(between, earlier, seen);
    });
  }
}

const isObject = (inputs: Record<string, unknown>): inputs is Record<string, unknown> & KubernetesObject =>
  typeof inputs.apiVersion === "string" && typeof inputs.kind === "string" && typeof inputs.metadata === "object";

/** What a provider would add to the inputs of a resource: attributes that are known only once it exists. */
export type Computed = (type: string, name: string, inputs: Record<string, unknown>) => Record<string, unknown>;

/** Runs a program of a stack without an engine, and returns every resource that it registered. */
export async function recordProgram(
  stack: string,
  program: () => unknown,
  computed: Computed = () => ({}),
): Promise<Recording> {
  const resources: RecordedResource[] = [];
  class Monitor extends MockMonitor {
    // biome-ignore lint/suspicious/noExplicitAny: the engine's protocol, which the SDK does not type here either.
    override async registerResource(request: any, callback: (error: unknown, response: any) => void): Promise<void> {
      let inputs: Record<string, unknown> = {};
      this.mocks.newResource = (args) => {
        inputs = args.inputs;
        const state = { ...args.inputs, ...computed(args.type, args.name, args.inputs) };
        return { id: args.custom ? (state.id ?? `${args.name}-id`) : undefined, state };
      };
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      await super.registerResource(request, (error: unknown, response: any) => {
        if (response !== undefined) {
          resources.push({
            urn: response.getUrn(),
            type: request.getType(),
            name: request.getName(),
            inputs,
            parent: request.getParent(),
            provider: request.getProvider(),
            dependencies: request.getDependenciesList(),
            protect: request.getProtect() ?? false,
            remote: request.getRemote() ?? false,
            ignoreChanges: request.getIgnorechangesList(),
          });
        }
        callback(error, response);
      });
    }
  }
  const monitor = new Monitor({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
  pulumi.runtime.setMockOptions(monitor, "ai-platform", stack);
  program();
  await pulumi.runtime.disconnect();
  return new Recording(resources);
}
