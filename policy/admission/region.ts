import { knownRegions, label } from "../sovereignty/region";
import type { Admission, AdmissionContext } from "./admission";
import { all, each, every, listAt, literal, quoted } from "./cel";
import { podResources, podsOf } from "./pods";

type Known = ReturnType<typeof knownRegions>[number];

/** A region and its zones. */
const placesOf = ({ name, zone }: Known) => `${literal(name)}(${zone.source.replace(/^\^|\$$/g, "")})?`;

/** As CEL: whether a text, in lower case, is a place of one of the regions. */
const among = (text: string, regions: readonly Known[]) =>
  regions.length === 0 ? "false" : `${text}.matches(${quoted(`^(${regions.map(placesOf).join("|")})\\.*$`)})`;

/**
 * As CEL: whether a region or zone is a violation. Of two regions whose zones it could be, the one with the longer name is
 * meant. One that nobody knows is a violation only where the environment is sovereign.
 */
function outside(text: string, context: AdmissionContext): string {
  const known = knownRegions(context);
  const home = known.filter(({ allowed }) => allowed);
  const within = (region: Known) => home.filter(({ name }) => name !== region.name && name.startsWith(region.name));
  const foreign = known.filter(({ allowed }) => !allowed);
  const wrong = [
    among(
      text,
      foreign.filter((region) => within(region).length === 0),
    ),
    ...foreign
      .filter((region) => within(region).length > 0)
      .map((region) => `(${among(text, [region])} && !${among(text, within(region))})`),
  ];
  if (context.environment.jurisdiction.sovereign) {
    wrong.push(
      `!${among(
        text,
        home.filter(({ listed }) => listed),
      )}`,
      among(
        text,
        home.filter(({ listed }) => !listed),
      ),
    );
  }
  return `(${wrong.filter((term) => term !== "false").join(" || ")})`;
}

/** CEL of what selects nodes by labels: of a pod, a volume, a storage class or a node pool of Karpenter. */
const selectors = ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"];
const terms = (pod: string) => [
  `${listAt(pod, "affinity", "nodeAffinity", selectors[0]!, "nodeSelectorTerms")}`,
  `${listAt(pod, "affinity", "nodeAffinity", selectors[1]!)}.map(item, item.preference)`,
];

/**
 * Node selectors, affinities and topologies by a label of region or zone. What a text states beside them, such as an ARN in
 * a variable, stays with the pull request.
 */
export function regionAdmission(context: AdmissionContext): Admission {
  const { jurisdiction } = context.environment;
  const isPlace = (key: string) => `${key}.matches(${quoted(`(?i)${label.source}`)})`;
  const wrong = (value: string) => `${value} != "" && ${outside(`${value}.trim().lowerAscii()`, context)}`;
  const ofList = (requirements: string) =>
    every(
      `${requirements}.filter(r, has(r.key) && ${isPlace("r.key")} && (!has(r.operator) || r.operator == "In"))`,
      "r",
      each(listAt("r", "values"), "value", wrong("value"), 'r.key + " is \\"" + value + "\\""'),
    );
  const ofTerms = (list: string) => every(list, "term", ofList(listAt("term", "matchExpressions")));
  const subject = "variables.subject";
  return {
    resources: [
      ...podResources,
      { group: "", resources: ["persistentvolumes"] },
      { group: "storage.k8s.io", resources: ["storageclasses"] },
      { group: "karpenter.sh", resources: ["nodepools"] },
    ],
    subject: (object) => {
      const any = `dyn(${object})`;
      const volume = `spec.?nodeAffinity.?required.?nodeSelectorTerms.orValue([])`;
      return `{"pods": dyn(${podsOf(object)}), "volume": ${any}.?${volume}, "topologies": ${listAt(any, "allowedTopologies")}, "requirements": ${listAt(any, "spec", "template", "spec", "requirements")}}`;
    },
    finding: all(
      every(
        `${subject}.pods`,
        "p",
        all(
          `p.?nodeSelector.orValue({}).filter(key, ${isPlace("key")} && ${wrong("p.nodeSelector[key]")}).map(key, key + " is \\"" + p.nodeSelector[key] + "\\"").join("; ")`,
          ...terms("p").map(ofTerms),
        ),
      ),
      ofTerms(`${subject}.volume`),
      every(`${subject}.topologies`, "term", ofList(listAt("term", "matchLabelExpressions"))),
      ofList(`${subject}.requirements`),
    ),
    because: `which is outside ${jurisdiction.name}; allowed: ${jurisdiction.regions.join(", ")}`,
  };
}
