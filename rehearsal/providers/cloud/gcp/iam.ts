import { checkMember } from "./kms";
import { bareProject, fullName, serviceAccountEmail } from "./names";
import { gcpKind, googleMessage, serviceToken } from "./resource";
import type { GcpSettings } from "./settings";

export const accountToken = "gcp:serviceaccount/account:Account";

const missingAccount = (email: string): string =>
  googleMessage(400, `Service account ${email} does not exist.`, "badRequest");

/** Whether an account is none of the resource's own project's: Google's, or another project's, which are there. */
export const othersAccount = (value: string, { settings }: { readonly settings: GcpSettings }): boolean =>
  !value.endsWith(`@${bareProject(settings)}.${settings.universe.serviceAccountDomain}`);

export const account = gcpKind({
  token: accountToken,
  api: "iam",
  needs: ["project"],
  nameField: "accountId",
  namePattern: /^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/,
  autoname: { field: "accountId", longest: 30 },
  immutable: ["accountId", "project"],
  identity: ({ accountId }) => accountId,
  conflict: ({ settings, inputs }) =>
    googleMessage(
      409,
      `Service account ${inputs.accountId} already exists within project projects/${settings.project}.`,
      "alreadyExists",
    ),
  missing: (value) => missingAccount(value.replace(/^serviceAccount:/, "")),
  id: ({ settings, inputs }) =>
    fullName(settings, `serviceAccounts/${serviceAccountEmail(settings, inputs.accountId)}`),
  outputs({ settings, inputs, id, previous, digits }) {
    const email = serviceAccountEmail(settings, inputs.accountId);
    return {
      email,
      member: `serviceAccount:${email}`,
      name: id,
      uniqueId: previous?.state.uniqueId ?? digits(21),
      disabled: inputs.disabled ?? false,
    };
  },
});

/** One principal in one role of the project. Granting it once more changes nothing. */
export const projectMember = gcpKind({
  token: "gcp:projects/iAMMember:IAMMember",
  immutable: ["project", "role", "member", "condition"],
  deleteBeforeReplace: true,
  references: [
    {
      path: "member",
      to: accountToken,
      by: "member",
      holds: false,
      outside: (value, operation) => !value.startsWith("serviceAccount:") || othersAccount(value, operation),
    },
  ],
  missing: (value) => googleMessage(404, `the IAM member ${value} of a project was not found`, "notFound"),
  check: checkMember,
  id: ({ settings, inputs: { role, member } }) => `${settings.project}/${role}/${member}`,
  outputs: ({ hex }) => ({ etag: hex(12) }),
});

/** An API that is on. Whoever finds it on takes it as it is; deleted, it stays on unless `disableOnDestroy` says otherwise. */
export const service = gcpKind({
  token: serviceToken,
  needs: ["project"],
  nameField: "service",
  namePattern: /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/,
  immutable: ["service", "project"],
  undeletable: ({ state }) => state.disableOnDestroy !== true,
  missing: (value) => googleMessage(404, `Not found or permission denied for service(s): ${value}.`, "notFound"),
  id: ({ settings, inputs }) => `${settings.project}/${inputs.service}`,
});
