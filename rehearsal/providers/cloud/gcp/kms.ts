import type { Failure, Plain, WorldView } from "../kind";
import { fullName, partsOf } from "./names";
import { gcpKind, googleError, googleMessage } from "./resource";

const keyRingToken = "gcp:kms/keyRing:KeyRing";
export const cryptoKeyToken = "gcp:kms/cryptoKey:CryptoKey";
const memberToken = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember";

/** The role that lets a service agent encrypt and decrypt with a key. */
const userRole = "roles/cloudkms.cryptoKeyEncrypterDecrypter";

const kmsName = /^[a-zA-Z0-9_-]{1,63}$/;

/**
 * Key rings and keys can never be deleted. The official provider forgets them (and destroys a key's versions); whoever
 * makes one of the same name again is told that it is there.
 */
export const keyRing = gcpKind({
  token: keyRingToken,
  api: "cloudkms",
  needs: ["project"],
  namePattern: kmsName,
  autoname: { field: "name", longest: 63 },
  immutable: ["name", "location", "project"],
  undeletable: () => true,
  identity: ({ location, name }) => `${location}/${name}`,
  conflict: ({ settings, inputs }) => {
    const name = fullName(settings, `locations/${inputs.location}/keyRings/${inputs.name}`);
    return googleMessage(409, `KeyRing ${name} already exists.`, "alreadyExists");
  },
  missing: (value) => googleMessage(404, `KeyRing ${value} not found.`, "notFound"),
  id: ({ settings, inputs }) => fullName(settings, `locations/${inputs.location}/keyRings/${inputs.name}`),
});

export const cryptoKey = gcpKind({
  token: cryptoKeyToken,
  api: "cloudkms",
  namePattern: kmsName,
  autoname: { field: "name", longest: 63 },
  immutable: [
    ...["name", "keyRing", "cryptoKeyBackend", "destroyScheduledDuration", "importOnly", "purpose"],
    "versionTemplate.protectionLevel",
  ],
  undeletable: () => true,
  references: [{ path: "keyRing", to: keyRingToken, by: "id", holds: false }],
  identity: ({ keyRing: ring, name }) => `${ring}/${name}`,
  conflict: ({ inputs }) =>
    googleMessage(409, `CryptoKey ${inputs.keyRing}/cryptoKeys/${inputs.name} already exists.`, "alreadyExists"),
  missing: (value) => googleMessage(404, `CryptoKey ${value} not found.`, "notFound"),
  check: checkKey,
  id: ({ inputs }) => `${inputs.keyRing}/cryptoKeys/${inputs.name}`,
  outputs: ({ inputs, id }) => ({
    purpose: inputs.purpose ?? "ENCRYPT_DECRYPT",
    importOnly: inputs.importOnly ?? false,
    cryptoKeyBackend: inputs.cryptoKeyBackend ?? "",
    destroyScheduledDuration: inputs.destroyScheduledDuration ?? "2592000s",
    primaries: inputs.skipInitialVersionCreation ? [] : [{ name: `${id}/cryptoKeyVersions/1`, state: "ENABLED" }],
    versionTemplate: {
      protectionLevel: "SOFTWARE",
      algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION",
      ...inputs.versionTemplate,
    },
  }),
});

export const cryptoKeyMember = gcpKind({
  token: memberToken,
  api: "cloudkms",
  immutable: ["cryptoKeyId", "role", "member", "condition"],
  references: [{ path: "cryptoKeyId", to: cryptoKeyToken, by: "id", holds: false }],
  missing: (value) => googleMessage(404, `the IAM member ${value} of a CryptoKey was not found`, "notFound"),
  check: checkMember,
  id: ({ inputs: { cryptoKeyId, role, member } }) => `${cryptoKeyId}/${role}/${member}`,
  outputs: ({ hex }) => ({ etag: hex(12) }),
});

const day = 86_400;

function checkKey({ rotationPeriod }: Plain): Failure[] {
  if (typeof rotationPeriod !== "string") return [];
  const seconds = /^(\d+)(\.\d{1,9})?s$/.exec(rotationPeriod)?.[1];
  if (seconds !== undefined && Number(seconds) >= day) return [];
  return [
    {
      property: "rotationPeriod",
      reason: `expected at least a day in seconds, such as 7776000s, not "${rotationPeriod}"`,
    },
  ];
}

/** Members as the official provider takes them. Source: google-beta/tpgiamresource/resource_iam_member.go, 2026-08. */
export function checkMember({ member }: Plain): Failure[] {
  if (typeof member !== "string") return [];
  if (member.startsWith("deleted")) {
    const reason = "invalid value for member (Terraform does not support IAM members for deleted principals)";
    return [{ property: "member", reason }];
  }
  if (/.+:.+|^(projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers)$/.test(member)) return [];
  const reason = `invalid value for member "${member}" (IAM members must have one of the values outlined here: "user:", "group:", "serviceAccount:" and an e-mail address, or a principal of a pool)`;
  return [{ property: "member", reason }];
}

/**
 * Refuses a key that one of Google's service agents is to use, where the stack makes the key and has not (yet) granted it
 * to the agent, or where the key lies elsewhere than its user. Keys that the stack does not make have their grants already.
 */
export function requireKeyUse(world: WorldView, key: string, agent: string, region: string): void {
  if (!world.find(cryptoKeyToken, "id", key)) return;
  const { locations } = partsOf(key);
  if (locations !== region) {
    throw googleError(
      400,
      `Cloud KMS key "${key}" is in location "${locations}". The key must be in the same location as its user, "${region}".`,
      "badRequest",
    );
  }
  const granted = world
    .all(memberToken)
    .some(
      ({ state }) =>
        state.cryptoKeyId === key && state.role === userRole && String(state.member).includes(`@${agent}.`),
    );
  if (!granted) {
    throw googleError(
      403,
      `Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '${key}' (or it may not exist). ` +
        `The service agent service-<project number>@${agent} needs ${userRole} on it first`,
      "forbidden",
    );
  }
}
