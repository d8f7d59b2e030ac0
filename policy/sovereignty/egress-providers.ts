import { type Context, isObject, type Observation, type Path, type Resource, unknown, type Value, walk } from "../rule";
import { objectionTo } from "./hosts";
import { cloudOf, partitionsOf } from "./partitions";

/**
 * Hosted models that a gateway or an agent knows by name, so that no host stands anywhere, and backends that call
 * whatever a request names. Sources of the fields: CRDs of agentgateway v1.4.1 (AgentgatewayBackend: spec.ai,
 * dynamicForwardProxy) and kagent v0.9.12 (ModelConfig: spec.provider). The hosts were not read in a page of their
 * operators: unverified. A wrong one would be refused under a wrong name, never let through.
 */
const hosts: Readonly<Record<string, string>> = {
  openai: "api.openai.com",
  anthropic: "api.anthropic.com",
  gemini: "generativelanguage.googleapis.com",
  vertexai: "aiplatform.googleapis.com",
  geminivertexai: "aiplatform.googleapis.com",
  anthropicvertexai: "aiplatform.googleapis.com",
  azure: "openai.azure.com",
  azureopenai: "openai.azure.com",
};

export function judgeProviders({ type, props }: Resource, context: Context): Observation[] {
  if (/:AgentgatewayBackend$/.test(type)) return agentgateway(props, context);
  return /:ModelConfig$/.test(type) ? kagent(props, context) : [];
}

function agentgateway(props: Resource["props"], context: Context): Observation[] {
  const found: Observation[] = [];
  walk(props, (value, field) => {
    const [list, index] = [field.at(-2), field.at(-1)];
    if (index === "dynamicForwardProxy") {
      found.push({
        field,
        message: "calls whatever host a request names",
        remedy: "name the hosts as static backends",
      });
    }
    const provider = index === "provider" || (typeof index === "number" && list === "providers");
    if (!provider || !field.includes("ai") || !isObject(value) || stated(value.host)) return;
    for (const [name, settings] of Object.entries(value)) {
      const region = isObject(settings) ? settings.region : undefined;
      if (name === "bedrock")
        found.push(
          ...judge(`bedrock-runtime.${String(region ?? "us-east-1")}.amazonaws.com`, name, [...field, name], context),
        );
      else if (hosts[name] !== undefined && !(isObject(settings) && stated(settings.endpoint))) {
        found.push(...judge(hosts[name], name, [...field, name], context));
      }
    }
  });
  return found;
}

/** A host of one's own choice stands there as text, and is judged as such. */
const stated = (host: Value): boolean => host === unknown || (typeof host === "string" && host !== "");

function kagent(props: Resource["props"], context: Context): Observation[] {
  const { spec } = props;
  if (!isObject(spec)) return [];
  // The definition has a default.
  const provider = typeof spec.provider === "string" ? spec.provider : "OpenAI";
  const name = provider.toLowerCase();
  const settings = Object.entries(spec).find(([key]) => key.toLowerCase() === name)?.[1];
  const own =
    isObject(settings) &&
    Object.entries(settings).some(
      ([key, value]) => /^(baseUrl|azureEndpoint|endpoint|host)$/i.test(key) && stated(value),
    );
  const host = name === "bedrock" ? "bedrock-runtime.amazonaws.com" : hosts[name];
  return own || host === undefined ? [] : judge(host, provider, ["spec", "provider"], context);
}

function judge(host: string, value: string, field: Path, context: Context): Observation[] {
  const clouds = cloudOf(host);
  if (clouds?.some((cloud) => (partitionsOf(context) as readonly string[]).includes(cloud)) === true) return [];
  const objection = objectionTo(host, context);
  return objection === undefined ? [] : [{ field, value, message: objection }];
}
