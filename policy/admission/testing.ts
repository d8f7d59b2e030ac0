import https from "node:https";
import { expect } from "vitest";
import { sharedControlPlane } from "../../rehearsal/control-plane/testing";
import { Api } from "../../rehearsal/providers/kubernetes/api";
import { ApiError } from "../../rehearsal/providers/kubernetes/http";
import { connect } from "../../rehearsal/providers/kubernetes/kubeconfig";
import { uniqueName } from "../../rehearsal/providers/kubernetes/testing";
import { resourceWith } from "../fixtures";
import { type Context, evaluate, evaluateStack, isStackRule, type Properties } from "../rule";
import { rules } from "../rules";
import type { Case } from "./case";
import { type AdmissionPolicy, admissionPolicies } from "./policies";

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind.
export type Any = any;

/** The label by which an object is held to a rule here, so that each is tried by itself. */
const label = (rule: string) => `${rule}.test/admission`;

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("not within a minute");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface InstallOptions {
  readonly only?: readonly string[];
  /** For every object of the cluster, and not those of this run alone. */
  readonly whole?: boolean;
  /** Of what is shown, where its name matters. */
  readonly name?: string;
}

/** A namespace on the API server that tests share, and policies that look at nothing but objects of this run. */
export class AdmissionLab {
  readonly run = uniqueName("admission");
  private readonly made: Any[] = [];

  private constructor(readonly api: Api) {}

  /** On the API server of a kubeconfig, by default the one that tests share. */
  static async open(own?: string): Promise<AdmissionLab> {
    const kubeconfig = own ?? (await sharedControlPlane()).kubeconfig;
    const lab = new AdmissionLab(new Api(connect({ kubeconfig })));
    // What claims may ask for is for the rule to say here, and not for the API server's own check.
    const labels = { "resource.kubernetes.io/admin-access": "true" };
    await lab.make({ apiVersion: "v1", kind: "Namespace", metadata: { name: lab.run, labels } });
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    const mapping = await lab.api.mapping(account);
    await until(async () => (await lab.api.find(mapping, lab.run, "default")) !== undefined);
    return lab;
  }

  async close(): Promise<void> {
    for (const object of this.made.reverse()) {
      await this.api
        .delete(await this.api.mapping(object), object.metadata.namespace, object.metadata.name, "Background")
        .catch((error) => expect(error).toMatchObject({ status: 404 }));
    }
    this.api.http.close();
  }

  /** An object of this run, held to rules by the policies that were installed under a mark. */
  own(object: Case["object"], mark: string, ids: readonly string[], name = "case"): Any {
    const metadata = object.metadata as Any;
    const labels = { ...metadata.labels, ...Object.fromEntries(ids.map((id) => [label(id), mark])) };
    return { ...object, metadata: { ...metadata, name: `${this.run}-${name}`, namespace: this.run, labels } };
  }

  async apply(object: Any, dryRun: boolean): Promise<Any> {
    const mapping = await this.api.mapping(object);
    const { namespace: _, ...elsewhere } = object.metadata;
    const placed = mapping.namespaced ? object : { ...object, metadata: elsewhere };
    return this.api.apply(mapping, placed, { fieldManager: this.run, force: true, dryRun });
  }

  /** What the API server says against an object; empty where it takes it. */
  refusal(object: Any, dryRun = true): Promise<string> {
    return this.apply(object, dryRun).then(
      () => "",
      (error) => {
        expect(error).toBeInstanceOf(ApiError);
        return (error as ApiError).message;
      },
    );
  }

  /** Creates an object, and removes it in the end. */
  async make(object: Any): Promise<Any> {
    const answer = await this.apply(object, false);
    this.made.push(object);
    return answer;
  }

  /** What the API server says beside its answer to the creation of an object. */
  async warnings(object: Any): Promise<string> {
    const { resource, apiVersion } = await this.api.mapping(object);
    const root = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
    const { server, ca, cert, key } = this.api.connection as Any;
    return new Promise((resolve, reject) => {
      const call = https.request(
        `${server}/${root}/namespaces/${this.run}/${resource}?dryRun=All`,
        { method: "POST", ca, cert, key, headers: { "content-type": "application/json" } },
        (response) => {
          response.resume();
          response.on("end", () => resolve(`${response.statusCode} ${response.headers.warning ?? ""}`));
        },
      );
      call.on("error", reject);
      call.end(JSON.stringify(object));
    });
  }

  /**
   * Installs the policies of an environment under a mark, all or those of `only`, and waits until each refuses or warns of
   * what it is shown.
   */
  async install(
    context: Context,
    mark: string,
    today: string,
    shown: (rule: string) => Case["object"],
    { only = rules.map(({ id }) => id), whole = false, name }: InstallOptions = {},
  ): Promise<readonly AdmissionPolicy[]> {
    const judged = rules.filter(({ id }) => only.includes(id));
    const policies = admissionPolicies(judged, context, today);
    const apiVersion = "admissionregistration.k8s.io/v1";
    for (const { rule, policy, bindings } of policies) {
      const name = this.policyName(mark, policy.name);
      await this.make({ apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name }, spec: policy.spec });
      for (const binding of bindings) {
        const matchResources = {
          ...(binding.spec.matchResources as Any),
          ...(whole ? {} : { objectSelector: { matchLabels: { [label(rule.id)]: mark } } }),
        };
        await this.make({
          apiVersion,
          kind: "ValidatingAdmissionPolicyBinding",
          metadata: { name: this.policyName(mark, binding.name) },
          spec: { ...binding.spec, policyName: name, matchResources },
        });
      }
    }
    for (const { rule } of policies) {
      const held = this.own(shown(rule.id), mark, [rule.id]);
      const object = name === undefined ? held : { ...held, metadata: { ...held.metadata, name } };
      const advisory = context.environment.policies[rule.id]?.level === "advisory";
      await until(async () =>
        (advisory ? await this.warnings(object) : await this.refusal(object)).includes(`[${rule.id}]`),
      );
    }
    return policies;
  }

  policyName(mark: string, name: string): string {
    return `${this.run}-${mark}-${name}`;
  }
}

const typeOf = ({ apiVersion, kind }: Case["object"]) =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/** Whether a pull request with the object is refused by a rule. */
export function refusedByRule(id: string, object: Any, context: Context): boolean {
  const rule = rules.find((candidate) => candidate.id === id)!;
  const resource = resourceWith(typeOf(object), object as Properties, { name: object.metadata.name });
  const findings = isStackRule(rule) ? evaluateStack(rule, [resource], context) : evaluate(rule, resource, context);
  return findings.some(({ kind }) => kind === "violation");
}
