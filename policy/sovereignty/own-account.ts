import type { Context, Value } from "../rule";

/** Whose an account or project is. */

/** The account that the environment's cluster is made in; undefined where no cloud makes it. */
export const ownAccount = ({ environment: { cluster } }: Context): string | undefined =>
  cluster.kind === "eks" ? cluster.account : undefined;

/** The account in an ARN, or the bare number of one; undefined where none is named. */
export function accountOf(value: string): string | undefined {
  const [, arn] = /^arn:[a-z0-9-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):/i.exec(value) ?? [];
  return arn ?? (/^\d{12}$/.test(value) ? value : undefined);
}

/** Service agents of Google's that act for a project carry its number; what a project's own accounts end in, its id. */
const ofNumber = /^serviceAccount:(?:service-)?(?<number>\d+)(?:-compute)?@/;
const ofProject = /^serviceAccount:[^@]+@(?<project>[a-z0-9-]+)\.(?:[a-z0-9-]+\.)?iam\.gserviceaccount\.com/;

/** Why a member of Google's IAM is not of the environment's project, as the rest of a sentence; undefined where it is. */
export function strangeMember(member: string, { environment: { cluster } }: Context): string | undefined {
  if (/^(allUsers|allAuthenticatedUsers)$/i.test(member.trim())) return "which is everybody";
  if (cluster.kind !== "gke") {
    return member.startsWith("serviceAccount:")
      ? "a service account of a project that the environment does not name"
      : undefined;
  }
  const number = ofNumber.exec(member)?.groups?.number;
  if (number !== undefined && number !== cluster.projectNumber) return "a service account of another project";
  const project = ofProject.exec(member)?.groups?.project;
  const named = cluster.project.split(":").at(-1);
  const agent = project !== undefined && number !== undefined;
  if (project !== undefined && !agent && project !== named) return "a service account of another project";
  const other = /^(projectOwner|projectEditor|projectViewer):(?<project>.+)$/.exec(member)?.groups?.project;
  return other !== undefined && other !== cluster.project ? "whoever has that role in another project" : undefined;
}

/** The items of a value that may stand alone. */
export const listOf = (value: Value): readonly Value[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
