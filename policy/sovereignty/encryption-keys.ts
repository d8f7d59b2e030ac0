import { deferred, type Observation, type Resource, unknown, type Value } from "../rule";
import { fieldsAt, isOn, shown } from "./fields";

/** Keys themselves: rotated, and with time to find out before what they encrypt is lost. */

/** Days that a deleted key can be had back: what KMS and Cloud KMS give one that says nothing, as their SDKs state. */
export const recoveryDays = 30;

const day = 86_400;

const keyTypes = new Set([
  "aws:kms/key:Key",
  "aws:kms/externalKey:ExternalKey",
  "aws:kms/replicaKey:ReplicaKey",
  "aws:kms/replicaExternalKey:ReplicaExternalKey",
  "gcp:kms/cryptoKey:CryptoKey",
]);

export const isKey = ({ type }: Resource): boolean => keyTypes.has(type);

export const judgeKeyItself = (resource: Resource): readonly Observation[] =>
  resource.type.startsWith("aws:") ? ofAws(resource) : ofGoogle(resource);

const at = (props: Value, name: string) => fieldsAt(props, name)[0]!;

function ofAws({ type, props }: Resource): Observation[] {
  const found: Observation[] = [];
  const rotation = at(props, "enableKeyRotation");
  // Imported, asymmetric and HMAC keys, and those of a store of one's own, cannot be rotated by KMS.
  const rotates =
    type === "aws:kms/key:Key" &&
    (props.customerMasterKeySpec ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT" &&
    props.customKeyStoreId === undefined;
  if (rotates && rotation.value === unknown) {
    found.push(deferred(rotation.field));
  } else if (rotates && !isOn(rotation.value)) {
    found.push({
      field: rotation.field,
      value: shown(rotation.value),
      message: `${rotation.value === undefined ? "is not stated, " : ""}so that the key is never rotated`,
      remedy: "set enableKeyRotation to true",
    });
  }
  return [...found, ...window(at(props, "deletionWindowInDays"), (value) => Number(value))];
}

function ofGoogle({ props }: Resource): Observation[] {
  const found: Observation[] = [];
  const purpose = props.purpose ?? "ENCRYPT_DECRYPT";
  const rotation = at(props, "rotationPeriod");
  if (purpose === unknown || rotation.value === unknown) {
    found.push(deferred(purpose === unknown ? ["purpose"] : rotation.field));
  } else if (purpose === "ENCRYPT_DECRYPT" && !isOn(props.importOnly) && !(seconds(rotation.value) > 0)) {
    found.push({
      field: rotation.field,
      value: shown(rotation.value),
      message: `${rotation.value === undefined ? "is not stated, " : ""}so that the key is never rotated`,
      remedy: "state rotationPeriod, such as 7776000s for 90 days",
    });
  }
  return [...found, ...window(at(props, "destroyScheduledDuration"), (value) => seconds(value) / day)];
}

const seconds = (value: Value): number =>
  typeof value === "string" ? Number(/^(\d+(\.\d+)?)s$/.exec(value)?.[1] ?? Number.NaN) : Number.NaN;

function window({ field, value }: ReturnType<typeof at>, days: (value: Value) => number): readonly Observation[] {
  if (value === undefined) return [];
  if (value === unknown) return [deferred(field)];
  return days(value) >= recoveryDays
    ? []
    : [
        {
          field,
          value: shown(value),
          message: `so that what the key encrypted is lost soon after its deletion; expected at least ${recoveryDays} days`,
          remedy: "leave it out, or state as many days",
        },
      ];
}
