import { deferred, isObject, type Observation, type Path, type Resource, unknown, type Value, walk } from "../rule";
import { at, jsonOf, several } from "./objects";

/** Policy documents of AWS: JSON in a text, or an object, under whatever property of whatever resource. */

interface Statement {
  readonly field: Path;
  readonly statement: Value;
}

/** Properties that hold policy documents: not known, they hide what is allowed. */
const documents = /^(policy|policyDocument|assumeRolePolicy|inlinePolicy|accessPolicy|resourcePolicy)$/;

/** Every statement of every document in a resource, and the properties whose document is not known. */
export function statementsOf(resource: Resource): { statements: readonly Statement[]; hidden: readonly Path[] } {
  const statements: Statement[] = [];
  const hidden: Path[] = [];
  const collect = (document: Value, field: Path) => {
    for (const key of ["Statement", "statement", "statements"]) {
      for (const [index, statement] of several(at(document, key)).entries()) {
        statements.push({ field: [...field, key, index], statement });
      }
    }
  };
  if (/^aws(-native)?:/.test(resource.type)) {
    walk(resource.props, (value, field) => {
      if (value === unknown && documents.test(String(field.at(-1)))) hidden.push(field);
      if (typeof value === "string") {
        let parsed = jsonOf(value);
        // A document that was made JSON twice.
        if (parsed === undefined && /^\s*"\s*\{/.test(value)) parsed = jsonOf(String(JSON.parse(value)));
        if (parsed !== undefined) collect(parsed, field);
      } else if (isObject(value)) {
        collect(value, field);
      }
    });
  }
  return { statements, hidden };
}

/** The texts of one part of a statement, by whichever of its names. */
export const partOf = (statement: Value, name: string): readonly Value[] =>
  several(at(statement, name) ?? at(statement, name.toLowerCase()) ?? at(statement, `${name.toLowerCase()}s`));

export const isAllow = (statement: Value): boolean =>
  String(partOf(statement, "Effect")[0] ?? "Allow").toLowerCase() !== "deny";

/** Everything of an account: `*`, or an ARN whose own part is. */
const isEverything = (resource: Value) =>
  typeof resource === "string" && /^(\*+|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*+)$|^arn:\*/.test(resource.trim());

/** The whole account decides, which AWS itself writes into the policies of its keys. */
const isAccount = (statement: Value) =>
  several(at(statement, "Principal", "AWS")).every(
    (who) => typeof who === "string" && /^(arn:[^:]+:iam::\d{12}:root|\d{12})$/.test(who),
  ) && several(at(statement, "Principal", "AWS")).length > 0;

export function ofStatement({ statement, field }: Statement, { type }: Resource): Observation[] {
  if (statement === unknown) return [deferred(field)];
  if (!isAllow(statement)) return [];
  const actions = partOf(statement, "Action");
  const resources = partOf(statement, "Resource");
  const everything = resources.some(isEverything) || partOf(statement, "NotResource").length > 0;
  // Of a resource's own policy, where "*" is that resource alone.
  const ofItself = /^aws:kms\//.test(type) && isAccount(statement);
  return [
    ...(partOf(statement, "NotAction").length > 0
      ? [
          {
            field: [...field, "NotAction"],
            message: "allows all actions but those, and so each that AWS will ever add",
          },
        ]
      : []),
    ...(actions.includes(unknown) ? [deferred([...field, "Action"])] : []),
    ...actions.flatMap((action): Observation[] => {
      if (typeof action !== "string") return [];
      const [service = "", operation] = action.trim().toLowerCase().split(":");
      const at: Path = [...field, "Action"];
      if (operation === undefined || /[*?]/.test(service)) {
        return /[*?]/.test(service)
          ? [{ field: at, value: action, message: "which is every action of every service" }]
          : [];
      }
      if (!everything || ofItself) return [];
      if (/^[*?]+$/.test(operation))
        return [{ field: at, value: action, message: `which is all of ${service}, and on everything` }];
      return service === "iam" &&
        "passrole".startsWith(operation.replace(/\*.*$/, "")) &&
        (operation === "passrole" || operation.includes("*"))
        ? [{ field: at, value: action, message: "on everything, and so any role can be taken through a service" }]
        : [];
    }),
  ];
}

/** AWS's own policies that allow a whole service, or all of them. */
const broad =
  /^arn:[^:]*:iam::aws:policy\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]*(?:AdministratorAccess|PowerUserAccess|FullAccess)[\w+=,.@-]*)$/;

export function managedPolicies({ type, props }: Resource): Observation[] {
  if (!/^aws(-native)?:iam/.test(type)) return [];
  const found: Observation[] = [];
  walk(props, (value, field) => {
    if (value === unknown && /policyArns?$/i.test(String(field.at(-1)))) found.push(deferred(field));
    const name = typeof value === "string" ? broad.exec(value.trim())?.[1] : undefined;
    if (name !== undefined)
      found.push({ field, value: String(value), message: `and ${name} allows more than anybody can list` });
  });
  return found;
}
