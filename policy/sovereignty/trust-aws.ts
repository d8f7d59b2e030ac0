import { type Context, deferred, isObject, type Observation, type Path, unknown, type Value, walk } from "../rule";
import { partitionsOf } from "./partitions";

/** Whom the policies of AWS trust: their statements, and the conditions that narrow them. */

/** Accounts that are the environment's own. */
export const accountsOf = ({ environment }: Context): readonly string[] =>
  environment.cluster.kind === "eks" ? [environment.cluster.account] : [];

interface Statements {
  readonly statement: Value;
  readonly field: Path;
}

/** All statements in a value, as objects or as JSON text, also within other texts. `field` leads to the text that holds them. */
export function statementsIn(value: Value, at: Path = [], depth = 0): readonly Statements[] {
  const found: Statements[] = [];
  walk(value, (item, path) => {
    const field = [...at, ...path];
    if (isObject(item)) {
      const list = Object.entries(item).find(([key]) => /^statements?$/i.test(key))?.[1];
      if (list === unknown) found.push({ statement: unknown, field });
      if (Array.isArray(list) || isObject(list)) {
        found.push(...listOf(list).map((statement): Statements => ({ statement, field })));
      }
    } else if (typeof item === "string" && depth < 4 && /^\s*[[{"]/.test(item) && /statement/i.test(item)) {
      try {
        const inner = statementsIn(JSON.parse(item) as Value, [], depth + 1);
        found.push(...inner.map(({ statement }): Statements => ({ statement, field })));
      } catch {
        found.push({ statement: "unreadable", field });
      }
    }
  });
  return found;
}

const part = (statement: { readonly [key: string]: Value }, name: string): Value =>
  Object.entries(statement).find(([key]) => key.toLowerCase() === name)?.[1];

const listOf = (value: Value): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : [value]);

/** What a statement of a policy trusts that is not the environment's own. */
export function judgeStatements(statement: Value, field: Path, context: Context): Observation[] {
  if (statement === unknown) return [deferred(field)];
  if (statement === "unreadable") {
    return [{ field, message: "holds statements that cannot be read, so that nobody can say whom they trust" }];
  }
  if (!isObject(statement) || String(part(statement, "effect") ?? "Allow").toLowerCase() === "deny") return [];
  const sid = part(statement, "sid");
  const at = typeof sid === "string" ? `statement ${sid}` : "a statement";
  if (part(statement, "notprincipal") !== undefined) {
    return [{ field, message: `has ${at} that trusts everybody but those in NotPrincipal` }];
  }
  const principal = part(statement, "principal");
  if (principal === undefined) return [];
  if (principal === unknown) return [deferred(field)];
  const narrowed = ownAlone(part(statement, "condition"), context);
  const entries = isObject(principal) ? Object.entries(principal) : ([["AWS", principal]] as const);
  return entries.flatMap(([kind, value]) =>
    listOf(value).flatMap((name): Observation[] => {
      if (name === unknown) return [deferred(field)];
      const wrong = narrowed ? undefined : objection(kind, String(name).trim(), context);
      return wrong === undefined ? [] : [{ field, value: String(name), message: `whom ${at} trusts, ${wrong}` }];
    }),
  );
}

/** Why a principal is not trusted; undefined for one's own. */
function objection(kind: string, name: string, context: Context): string | undefined {
  switch (kind.toLowerCase()) {
    case "service":
      return /^[a-z0-9.-]+\.amazonaws\.(com|com\.cn|eu)\.?$/i.test(name) ? undefined : "which is no service of AWS";
    case "federated":
      return ofOwnAccount(name, context) ? undefined : "an issuer of identities outside the environment's own account";
    case "aws":
      if (name === "*") return "which is everybody, with no condition that leaves the environment's own account alone";
      return accountsOf(context).includes(name) || ofOwnAccount(name, context)
        ? undefined
        : `which is not of the environment's own account; ${own(context)}`;
    default:
      return "which names nobody by account";
  }
}

const own = (context: Context) => {
  const accounts = accountsOf(context);
  return accounts.length === 0 ? "it has none" : `its own: ${accounts.join(", ")}`;
};

/** Whether an ARN is one of an own account, in an own partition. */
function ofOwnAccount(arn: string, context: Context): boolean {
  const [scheme = "", partition = "", , , account = ""] = arn.split(":");
  return (
    scheme.toLowerCase() === "arn" &&
    (partitionsOf(context) as readonly string[]).includes(partition.toLowerCase()) &&
    accountsOf(context).includes(account)
  );
}

/** A principal that stands by itself: an ARN, an account or a service. */
export function judgeArn(value: string, field: Path, context: Context): Observation[] {
  const name = value.trim();
  const wrong = objection(/\.amazonaws\./i.test(name) ? "service" : "aws", name, context);
  return wrong === undefined ? [] : [{ field, value, message: wrong }];
}

/** Keys of a condition by which a caller is of an account. `PrincipalOrgID` is not among them: others are of it too. */
const accountKeys = new Set([
  "kms:calleraccount",
  "aws:principalaccount",
  "aws:sourceaccount",
  "aws:sourceowner",
  "s3:resourceaccount",
]);
const arnKeys = new Set(["aws:principalarn", "aws:sourcearn"]);

/** Operators that fail when the key is missing or different. `...IfExists` and the negations do not. */
const pinning = /^(foranyvalue:)?(stringequals|stringequalsignorecase|stringlike|arnequals|arnlike)$/i;

/** Whether conditions let through callers of the environment's own account alone. */
function ownAlone(condition: Value, context: Context): boolean {
  if (!isObject(condition)) return false;
  return Object.entries(condition).some(
    ([operator, tests]) =>
      pinning.test(operator) &&
      isObject(tests) &&
      Object.entries(tests).some(([key, values]) => {
        const name = key.toLowerCase();
        const list = listOf(values);
        if (list.length === 0 || list.some((value) => typeof value !== "string")) return false;
        const texts = list as readonly string[];
        return accountKeys.has(name) && name !== "s3:resourceaccount"
          ? texts.every((account) => accountsOf(context).includes(account))
          : arnKeys.has(name) && texts.every((arn) => ofOwnAccount(arn, context));
      }),
  );
}
