import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Exception } from "../../stacks/policies";
import { literal, quoted } from "./cel";

/**
 * What leaves the objects of an environment's exceptions out.
 *
 * An exception names resources of the program; the cluster knows objects. A pattern is held against an object's name, with
 * its namespace before it or without (a chart's objects are `release:namespace/name` in the program), and, where it states a
 * type, against the kind. What controllers make of such an object bears its name with a suffix, and an owner. Fields cannot
 * be told apart here: an exception of some fields leaves the object out, and the pull request still judges the others.
 *
 * CEL has no clock, but the API server writes the time into an object that it creates before policies see it, over whatever
 * was there: after its last day an exception lets nothing new in. What was made before may change until the next update of
 * the stack, which does not write the exception any more.
 */
export function exceptionConditions(
  exceptions: readonly Exception[],
  today: string,
  controllers: readonly string[],
): inputs.admissionregistration.v1.MatchCondition[] {
  return exceptions
    .filter(({ expires }) => today <= expires)
    .map(({ resources, expires }, index) => ({
      name: `exception-${index + 1}`,
      expression: `!(timestamp(dyn(object).metadata.creationTimestamp) < timestamp(${quoted(dayAfter(expires))}) && (${resources
        .map((pattern) => named(pattern, controllers))
        .join(" || ")}))`,
    }));
}

const dayAfter = (day: string): string => {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().replace(".000Z", "Z");
};

/** A pattern with `*` as a regular expression. */
const pattern = (text: string): string => text.split("*").map(literal).join(".*");

const object = "dyn(object)";
const name = `${object}.metadata.?name.orValue(${object}.metadata.?generateName.orValue(""))`;
const place = `${object}.metadata.?namespace.orValue("") + "/" + ${name}`;

/**
 * Controllers make their objects of owners' names, so that the start of a name says whose it is. Anybody could state an
 * owner, and so it also counts who asks: an account of the control plane, or of an operator that the platform installs.
 */
const owned = (controllers: readonly string[]) =>
  `request.userInfo.username.matches(${quoted(`^system:(kube-controller-manager$|serviceaccount:(${["kube-system", ...controllers].map(literal).join("|")}):)`)}) && ${object}.metadata.?ownerReferences.orValue([]).exists(owner, has(owner.controller) && owner.controller)`;

/** CEL of whether an object is the one that a pattern names, or was made of it. */
function named(text: string, controllers: readonly string[]): string {
  const [type, rest] = text.includes("::") ? (text.split("::", 2) as [string, string]) : [undefined, text];
  // In the program the objects of a chart or manifest have its name before theirs.
  const own = rest.replace(/^[^/*:]*:/, "");
  const whole = own.includes("/") ? place : name;
  const made = `(${owned(controllers)} && (${whole}).matches(${quoted(`^${pattern(own)}-.*$`)}))`;
  const self = `(${whole}).matches(${quoted(`^${pattern(own)}$`)})`;
  const kind = type === undefined ? undefined : kindOf(type);
  return kind === undefined ? `(${self} || ${made})` : `((${kind} && ${self}) || ${made})`;
}

/** CEL of whether an object is of a type such as `kubernetes:apps/v1:Deployment`, in which `*` may stand. */
function kindOf(type: string): string {
  const [, version = "*", kind = "*"] = type.split(":");
  const group = version.includes("/") ? version.slice(0, version.indexOf("/")) : version === "*" ? "*" : "core";
  return `(request.kind.group == "" ? "core" : request.kind.group).matches(${quoted(`^${pattern(group)}$`)}) && request.kind.kind.matches(${quoted(`^${pattern(kind)}$`)})`;
}
