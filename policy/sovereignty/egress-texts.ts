import { parseAllDocuments } from "yaml";
import { statesChart } from "../installed";
import { isObject, type Path, type Resource, unknown, type Value } from "../rule";
import { addressesIn, hostKey, hostName } from "./hosts";

/**
 * Where a resource names hosts that something calls.
 *
 * 1. An address, `scheme://host`, in any text of what runs (commands, arguments, variables), of ConfigMaps and Secrets
 *    (base64 included), of custom resources, of webhook configurations, and of a chart's values.
 * 2. A host alone, where its name says that it is one (`OTEL_EXPORTER_OTLP_ENDPOINT`, `--server`, `externalName`, the list
 *    `addresses`), where it has a port, or after a program that connects (`curl`, `nc`).
 * Texts that are JSON or YAML are read as what they are. Not endpoints are labels, annotations and other metadata,
 * comments, descriptions, images, names of API groups and drivers, identifiers (`issuer`, `audience`, `$schema`), hosts that
 * a gateway or an ingress answers to, and addresses by which nobody is called (`spiffe://`, `oci://`, `s3://`).
 */
export type Call =
  | { readonly kind: "host"; readonly host: string; readonly written: string; readonly field: Path }
  | { readonly kind: "unknown" | "reference"; readonly host: ""; readonly written: string; readonly field: Path };

/** Kinds that call nobody: definitions, rights, policies, and what says to which hosts an entry answers. */
const silent =
  /^kubernetes:(apiextensions\.k8s\.io|rbac\.authorization\.k8s\.io|policy|scheduling\.k8s\.io|resource\.k8s\.io|coordination\.k8s\.io|yaml|kustomize|authorization\.k8s\.io|authentication\.k8s\.io|certificates\.k8s\.io|flowcontrol\.apiserver\.k8s\.io|node\.k8s\.io)\/|:(Gateway|GatewayClass|HTTPRoute|GRPCRoute|TLSRoute|TCPRoute|UDPRoute|Ingress|IngressClass|Certificate|NetworkPolicy|Namespace|ValidatingAdmissionPolicy|ConfigFile|ConfigGroup|Directory)$/;

/** Parts of an object that no program reads as a host. */
const passed =
  /^(metadata|status|labels|annotations|matchLabels|nodeSelector|podLabels|podAnnotations|commonLabels|commonAnnotations|apiVersion|kind|description|summary|title|image|images|group|apiGroup|driver|provisioner|topologyKey|issuer|audience|audiences|scopes|oauthScopes|\$schema|\$id|\$ref|expression|finalizers|hostAliases|caBundle|certificate|homepage|documentation|queueUrl|selfLink|chart|repositoryOpts|dependencies|home|icon|sources)$/;

/** Addresses by which nobody is called, or whose places other rules judge. */
const identifying =
  /^(spiffe|unix|unix-abstract|file|oci|docker|containerd|docker-pullable|s3|gs|gcs|hf|pvc|urn|csi|k8s|env|gitlab|awskms|gcpkms|hashivault|crio|npipe|config|passthrough|bufconn|vfs|abstract|xds)$/;

export function calls(resource: Resource): readonly Call[] {
  const { type, props } = resource;
  if (!type.startsWith("kubernetes:") && !statesChart(resource)) return cloudCalls(resource);
  if (silent.test(type)) return [];
  const found: Call[] = [];
  if (statesChart(resource)) {
    read(props.values, ["values"], "values", found);
  } else if (type.endsWith("/v1:Secret")) {
    readEncoded(props.data, ["data"], found);
    read(props.stringData, ["stringData"], "stringData", found);
  } else if (type.endsWith("/v1:ConfigMap")) {
    read(props.data, ["data"], "data", found);
    readEncoded(props.binaryData, ["binaryData"], found);
  } else {
    readObject(props, [], found);
  }
  return found;
}

/** What a cloud is told to call: https addresses in inputs whose name says so. */
function cloudCalls({ props }: Resource): readonly Call[] {
  const found: Call[] = [];
  readObject(props, [], found);
  return found.filter(
    (call) => call.kind === "host" && hostKey.test(lastName(call.field)) && /^https?:/i.test(call.written),
  );
}

const lastName = (field: Path) => String([...field].reverse().find((part) => typeof part === "string") ?? "");

/** Names under which whole parts of what runs stand: unknown, they hide what it calls. */
const hiding = /^(spec|data|stringData|binaryData|values|env|args|command|webhooks|clientConfig)$/;

function read(value: Value, field: Path, name: string, found: Call[]): void {
  if (value === unknown) {
    if (hostKey.test(name) || hiding.test(name) || field.at(-2) === "data") {
      found.push({ kind: "unknown", host: "", written: "", field });
    }
  } else if (typeof value === "string") {
    readText(value, field, name, found);
  } else if (Array.isArray(value)) {
    readList(value as readonly Value[], field, name, found);
  } else if (isObject(value)) {
    readObject(value, field, found);
  }
}

function readObject(value: { readonly [key: string]: Value }, field: Path, found: Call[]): void {
  const own = typeof value.name === "string" && ("value" in value || "valueFrom" in value) ? value.name : undefined;
  if (own !== undefined && hostKey.test(own)) readReference(value.valueFrom, [...field, "valueFrom"], found);
  for (const key of Object.keys(value)) {
    if (!passed.test(key)) read(value[key], [...field, key], own !== undefined && key === "value" ? own : key, found);
  }
}

/** A variable that names a host and has it from somewhere else. Only what a Secret holds is not seen by anybody here. */
function readReference(from: Value, field: Path, found: Call[]): void {
  if (from === unknown) found.push({ kind: "unknown", host: "", written: "", field });
  if (!isObject(from) || !isObject(from.secretKeyRef)) return;
  const { name, key } = from.secretKeyRef;
  found.push({ kind: "reference", host: "", written: `${String(name)}/${String(key)}`, field });
}

/** The words of a command have the flag before them as name; those of a list, that of the list. */
function readList(list: readonly Value[], field: Path, name: string, found: Call[]): void {
  const words = /^(command|args|extraArgs)$/.test(name);
  for (const [index, item] of list.entries()) {
    const before = words && index > 0 ? list[index - 1] : undefined;
    const flag = typeof before === "string" && /^--?[\w.-]+$/.test(before) ? before : words ? "" : name;
    read(item, [...field, index], flag, found);
  }
  if (words) readCommand(list, field, found);
}

/** Programs that connect to what they are given. */
const connecting =
  /(?:^|[\s;&|(/])(?:curl|wget|nc|ncat|netcat|telnet|ssh|scp|sftp|rsync|socat|openssl|dig|nslookup|ping|grpcurl|psql|redis-cli|mc)\s([^;&|\n]*)/g;

function readCommand(list: readonly Value[], field: Path, found: Call[]): void {
  const line = list.map((word) => (typeof word === "string" ? word : "")).join(" ");
  for (const [, rest = ""] of line.matchAll(connecting)) {
    for (const word of rest.split(/[\s"'=]+/)) {
      const bare = word.replace(/^[^@]*@/, "").replace(/^(TCP|TCP4|TCP6|SSL|OPENSSL):/i, "");
      if (/^(\[[0-9a-f:.]+\]|([\w-]+\.)+[a-z][\w-]*\.?|\d+(\.\d+){3})(:[\w]+)*(\/.*)?$/i.test(bare))
        add(bare, bare, field, found);
    }
  }
}

function add(host: string, written: string, field: Path, found: Call[]): void {
  const name = hostName(host.replace(/^\*\./, "any.").replace(/^([^[\]/]+?)(:[^/]*)?(\/.*)?$/, "$1"));
  if (name !== undefined) found.push({ kind: "host", host: name, written, field });
}

/** What is put in later, in shells, in Kubernetes and in templates: a label of a name that is not known yet. */
const placeholders = /\$\([^()\s]*\)|\$\{[^{}]*\}|\{\{[^{}]*\}\}|\$[A-Za-z_]\w*/g;

function readText(given: string, field: Path, name: string, found: Call[], depth = 0): void {
  const structure = depth < 3 ? structured(given) : undefined;
  if (structure !== undefined) {
    for (const document of structure) read(document, field, name, found);
    return;
  }
  const text = withoutComments(given).replace(placeholders, "placeholder");
  const hosts = addressesIn(text).filter(({ scheme }) => !identifying.test(scheme));
  for (const { host } of hosts) found.push({ kind: "host", host, written: given, field });
  if (/:\/\//.test(text)) return;
  const [, flag = "", rest = text] = /^(--?[\w.-]+|[A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? [];
  const called = hostKey.test(flag === "" ? name : flag);
  for (const item of rest.split(/[\s,;]+/)) {
    if ((called && bare.test(item)) || withPort.test(item) || (called && encoded.test(item))) {
      add(item, given, field, found);
    }
  }
}

/** A name with a dot, or an address. */
const bare =
  /^(\*\.)?((?!\d+(\.\d+)*$)[\w-]+(\.[\w-]+)+\.?|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d{1,5})?(\/[^\s]*)?$/i;
const withPort = /^(([\w-]+\.)+[a-z][\w-]*\.?|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}$/i;
/** An address as one number, which is no name of anything else. */
const encoded = /^(0x[0-9a-f]{8}|[0-9a-f]{1,4}(:[0-9a-f]{0,4}){2,7})$/i;

/** The documents of a text that is JSON or YAML; undefined for any other. */
function structured(text: string): readonly Value[] | undefined {
  const trimmed = text.trim();
  try {
    if (/^[[{]/.test(trimmed)) {
      const parsed = JSON.parse(trimmed) as Value;
      return typeof parsed === "object" ? [parsed] : undefined;
    }
  } catch {
    // Perhaps it is YAML, in its flow style.
  }
  if (!/^[[{]|^\s*[\w"'.-]+\s*:(\s|$)/m.test(trimmed) || !(trimmed.includes("\n") || /^[[{]/.test(trimmed)))
    return undefined;
  try {
    const documents = parseAllDocuments(trimmed);
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
    const values = documents.map((document) => document.toJS() as Value);
    return values.every((value) => typeof value === "object" && value !== null) ? values : undefined;
  } catch {
    return undefined;
  }
}

const withoutComments = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !/^\s*(#(?!!)|\/\/)/.test(line))
    .join("\n");

function readEncoded(data: Value, field: Path, found: Call[]): void {
  if (!isObject(data)) {
    read(data, field, "data", found);
    return;
  }
  for (const key of Object.keys(data)) {
    const value = data[key];
    const decoded = typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : value;
    // What is no text after decoding is a file of some other kind.
    if (typeof decoded !== "string" || !decoded.includes("\uFFFD")) read(decoded, [...field, key], key, found);
  }
}
