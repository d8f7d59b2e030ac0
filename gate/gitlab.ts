import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { markerOf } from "./markdown";

/**
 * Puts the gate's reports on a merge request of GitLab, one note for each environment: the note of an earlier pipeline is
 * rewritten. API: docs.gitlab.com/api/notes, v4.
 */

/** Where and as whom; GitLab sets all but the token in a pipeline of a merge request. */
export interface MergeRequest {
  /** Of the API, such as https://gitlab.example.org/api/v4. */
  readonly api: string;
  readonly project: string;
  readonly iid: string;
  readonly token: string;
}

interface Note {
  readonly id: number;
  readonly body: string;
  readonly system: boolean;
  readonly author: { readonly id: number };
}

const perPage = 100;

/** @throws where a variable is missing */
export function mergeRequestOf(env: NodeJS.ProcessEnv): MergeRequest {
  const read = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set: expected in a pipeline of a merge request`);
    return value;
  };
  return {
    api: read("CI_API_V4_URL"),
    project: read("CI_PROJECT_ID"),
    iid: read("CI_MERGE_REQUEST_IID"),
    token: read("GATE_GITLAB_TOKEN"),
  };
}

/** The reports in a folder, by stack: `<stack>/gate.md`. */
export function reportsIn(folder: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder).flatMap((stack): [string, string][] => {
      const file = path.join(folder, stack, "gate.md");
      return existsSync(file) ? [[stack, readFileSync(file, "utf8")]] : [];
    }),
  );
}

/**
 * Writes a note for each report, over the one that the same user wrote for the same stack before.
 *
 * @throws when GitLab refuses
 */
export async function writeNotes(reports: ReadonlyMap<string, string>, request: MergeRequest): Promise<void> {
  if (reports.size === 0) return;
  const notes = `projects/${encodeURIComponent(request.project)}/merge_requests/${encodeURIComponent(request.iid)}/notes`;
  const self = (await ask(request, "GET", "user")) as { id: number };
  const own: Note[] = [];
  for (let page = 1; ; page++) {
    const found = (await ask(request, "GET", `${notes}?per_page=${perPage}&page=${page}`)) as Note[];
    own.push(...found.filter(({ system, author }) => !system && author.id === self.id));
    if (found.length < perPage) break;
  }
  for (const [stack, body] of reports) {
    const before = own.find((note) => note.body.startsWith(markerOf(stack)));
    await (before === undefined
      ? ask(request, "POST", notes, { body })
      : ask(request, "PUT", `${notes}/${before.id}`, { body }));
  }
}

async function ask({ api, token }: MergeRequest, method: string, at: string, body?: object): Promise<unknown> {
  const response = await fetch(`${api}/${at}`, {
    method,
    headers: { "PRIVATE-TOKEN": token, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    const scope = response.status === 401 || response.status === 403 ? " Has GATE_GITLAB_TOKEN the scope api?" : "";
    throw new Error(`GitLab refused ${method} ${at.split("?")[0]}: ${response.status} ${response.statusText}.${scope}`);
  }
  return response.json();
}

if (require.main === module) {
  const folder = process.argv[2] ?? "gate-reports";
  Promise.resolve()
    .then(() => writeNotes(reportsIn(folder), mergeRequestOf(process.env)))
    .catch((error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 2;
    });
}
