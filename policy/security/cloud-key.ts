import { frameworks } from "../frameworks";
import { deferred, isObject, type Observation, type Resource, type ResourceRule, unknown } from "../rule";
import { at, containersOf, isRendered, kindOf, listOf, podsOf } from "./objects";
import { lenient } from "./upstream";

/** Resources that are, or make, keys that hold until somebody withdraws them. */
const keys: readonly (readonly [RegExp, string])[] = [
  [/^aws(-native)?:iam[/:]accessKey/i, "a key of a user of AWS"],
  [
    /^aws:iam\/(user|userLoginProfile|serviceSpecificCredential|signingCertificate|sshKey):|^aws-native:iam:User$/,
    "a user of AWS, or a login of one",
  ],
  [
    /^(gcp|google-native):serviceaccount\/key|^google-native:iam\/v1:Key$/i,
    "a key of a service account of Google Cloud",
  ],
  [/^gcp:(storage\/hmacKey:|projects\/apiKey:|apikeys\/)/i, "a key of Google Cloud"],
  [/^(ovh|scaleway|azuread):.*(s3Credential|apiKey|applicationPassword|userS3)/i, "a key of a cloud"],
];

/** Variables by which programs take keys of clouds, or the files that hold them. */
const variables =
  /^(AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SHARED_CREDENTIALS_FILE)|GOOGLE_(APPLICATION_CREDENTIALS|CREDENTIALS|CLOUD_KEYFILE_JSON)|GCLOUD_KEYFILE_JSON|CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE|AZURE_(CLIENT_SECRET|STORAGE_KEY|CLIENT_CERTIFICATE_PATH)|ARM_CLIENT_SECRET|OS_PASSWORD|S3_SECRET_KEY|KUBECONFIG|RCLONE_CONFIG_.*_(SECRET_ACCESS_KEY|SERVICE_ACCOUNT_CREDENTIALS|SERVICE_ACCOUNT_FILE))$/i;

/** Files that are keys, by the names that tools give them. */
const files =
  /(^|\/)(kubeconfig|config|credentials|key|service[-_]?account|sa|application_default_credentials|gcp|adc)(\.(json|ya?ml|conf))?$|\.kubeconfig$|kubeconfig/i;
const folders = /(^|\/)\.(aws|kube|config\/gcloud|azure)(\/|$)/i;

/** Names of secrets that say so. */
const names =
  /kubeconfig|(aws|gcp|google|gcs|s3|azure|cloud)[-_.]?(access[-_.]?)?(key|cred|secret|sa\b|service[-_.]?account)/i;

/**
 * No key of a cloud that holds until it is withdrawn: none is made, and no pod is given one. A workload is known to a
 * cloud by its service account, for an hour at a time.
 */
export const cloudKey: ResourceRule = {
  id: "security-cloud-key",
  title: "No long-lived keys of a cloud",
  concern: "security",
  severity: "critical",
  frameworks: frameworks["security-cloud-key"],
  remedy:
    "let the workload's service account be known to the cloud: EKS Pod Identity, or Workload Identity Federation of GKE",
  applies: (resource) =>
    makes(resource) !== undefined ||
    (isRendered(resource) && (podsOf(resource).pods.length > 0 || podsOf(resource).hidden.length > 0)),
  check(resource, context) {
    const made = makes(resource);
    if (made !== undefined)
      return [{ field: [], value: resource.type, message: `which is ${made}, and holds until somebody withdraws it` }];
    const { pods, hidden } = podsOf(resource);
    return lenient(
      [
        ...hidden.map(deferred),
        ...pods.flatMap((pod) => [
          ...containersOf(pod).flatMap(({ container, field }) => ofContainer(container, field)),
          ...listOf(pod.spec.volumes).flatMap((volume, index) => ofVolume(volume, [...pod.field, "volumes", index])),
        ]),
      ],
      resource,
      context,
    );
  },
};

const makes = (resource: Resource): string | undefined =>
  keys.find(([type]) => type.test(resource.type))?.[1] ??
  (kindOf(resource) === "Secret" && resource.props.type === "kubernetes.io/service-account-token"
    ? "a token of the cluster itself"
    : undefined);

type Field = Observation["field"];

function ofContainer(container: Resource["props"], field: Field): Observation[] {
  const env = container.env;
  if (env === unknown) return [deferred([...field, "env"])];
  return [
    ...listOf(env).flatMap((variable, index): Observation[] => {
      const name = at(variable, "name");
      const place = [...field, "env", index];
      if (variable === unknown || name === unknown) return [deferred(place)];
      if (typeof name !== "string" || !variables.test(name.trim())) return [];
      return [
        { field: [...place, "name"], value: name, message: "by which a program is given a key of a cloud or cluster" },
      ];
    }),
    ...listOf(container.envFrom).flatMap((source, index): Observation[] => {
      const name = at(source, "secretRef", "name");
      const place = [...field, "envFrom", index, "secretRef", "name"];
      if (name === unknown) return [deferred(place)];
      return typeof name === "string" && names.test(name)
        ? [{ field: place, value: name, message: "which by its name holds a key of a cloud, as variables" }]
        : [];
    }),
    ...listOf(container.volumeMounts).flatMap((mount, index): Observation[] => {
      const path = at(mount, "mountPath");
      return typeof path === "string" && folders.test(path)
        ? [
            {
              field: [...field, "volumeMounts", index, "mountPath"],
              value: path,
              message: "where programs look for keys",
            },
          ]
        : [];
    }),
  ];
}

function ofVolume(volume: Observation["field"][number] | unknown, field: Field): Observation[] {
  if (volume === unknown) return [deferred(field)];
  const value = volume as Parameters<typeof at>[0];
  if (!isObject(value)) return [];
  const sources: (readonly [Parameters<typeof at>[0], Field])[] = [
    [value.secret, [...field, "secret"]],
    ...listOf(at(value, "projected", "sources")).map(
      (source, index) => [at(source, "secret"), [...field, "projected", "sources", index, "secret"]] as const,
    ),
  ];
  return sources.flatMap(([secret, place]): Observation[] => {
    if (secret === undefined || secret === null) return [];
    if (secret === unknown) return [deferred(place)];
    const name = at(secret, "secretName") ?? at(secret, "name");
    if (name === unknown) return [deferred([...place, "secretName"])];
    const keyed = listOf(at(secret, "items")).map((item) => at(item, "key"));
    const key = keyed.find((one) => typeof one === "string" && files.test(one));
    return typeof name === "string" && (names.test(name) || key !== undefined)
      ? [
          {
            field: [...place, "secretName"],
            value: name,
            message: "which by its name, or its files', holds a key of a cloud or cluster",
          },
        ]
      : [];
  });
}
