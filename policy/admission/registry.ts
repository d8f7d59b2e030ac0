import { hostOf } from "../sovereignty/image-references";
import type { AdmissionContext } from "./admission";
import { anyCase, literal, quoted } from "./cel";
import { imagesThat } from "./images";
import { ofPods } from "./pods";

const part = "[A-Za-z0-9]+([._-]+[A-Za-z0-9]+)*";
/** A first part that no runtime takes for a host. */
const noHost = "[A-Za-z0-9]+([_-]+[A-Za-z0-9]+)*";
const version = "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[a-z0-9]+([.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,})?";

const hub = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/** A registry's host and port as somebody may write them: in any case, with a final dot, with the default port. */
function host(name: string): string {
  const [, bare = name, port] = /^(.*?)(:\d+)?$/.exec(name)!;
  return `${anyCase(bare)}\\.?${port === undefined ? "(:443)?" : literal(port)}`;
}

/** What an entry of `jurisdiction.registries` lets through: a host, or a path below one. */
function references(entry: string): string[] {
  const [first = "", ...path] = entry
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/\/+$/, "")
    .split("/");
  const name = hostOf(first) ?? first.toLowerCase();
  const below = path.map(literal);
  if (name !== "docker.io") {
    return [[host(name), ...below].join("/") + (below.length > 0 ? `(/${part})*` : `(/${part})+`)];
  }
  // A short name is Docker Hub's, and one of a single part lies in its library.
  const named = `(${hub.map(host).join("|")})/`;
  const hosts = /[.:]/.test(path[0] ?? "") ? named : `(${named})?`;
  if (below.length === 0) {
    return [`${named}${part}(/${part})*`, part, `${noHost}(/${part})+`];
  }
  const short =
    path[0] !== "library" ? [] : path.length === 1 ? [`${hosts}${part}`] : [hosts + below.slice(1).join("/")];
  return [`${hosts}${below.join("/")}(/${part})*`, ...(path.length > 2 ? [] : short)];
}

/** A regular expression, for JavaScript and RE2, of every image reference that lies in one of the registries. */
export const permittedImages = (registries: readonly string[]): string =>
  `^\\s*(${registries.flatMap(references).join("|")})${version}\\s*$`;

/** What a runtime does not take for a name on Docker Hub, although it has no dot. */
const localhost = "^\\s*(?i:localhost)/";

export const registryAdmission = ({ environment: { jurisdiction } }: AdmissionContext) => {
  const permitted = quoted(permittedImages(jurisdiction.registries));
  const local = jurisdiction.registries.some((entry) => /^([a-z]+:\/\/)?localhost(\/|$)/i.test(entry));
  return ofPods({
    finding: imagesThat((image) =>
      local
        ? `!${image}.matches(${permitted})`
        : `(!${image}.matches(${permitted}) || ${image}.matches(${quoted(localhost)}))`,
    ),
    because: `which is in no registry of ${jurisdiction.name}; allowed: ${jurisdiction.registries.join(", ")}`,
  });
};
