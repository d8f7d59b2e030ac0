import type { Rule } from "../rule";
import { catalogImage } from "./catalog-image";
import { cloudKey } from "./cloud-key";
import { device } from "./device";
import { networkPolicy } from "./network-policy";
import { pod } from "./pod";
import { publicEndpoint } from "./public-endpoint";
import { secretEncryption } from "./secret-encryption";
import { serviceAccountToken } from "./service-account-token";
import { wildcardPermission } from "./wildcard-permission";
import { workloadIdentity } from "./workload-identity";

/** What keeps workloads from harm, and from doing any. */
export const securityRules: readonly Rule[] = [
  pod,
  wildcardPermission,
  networkPolicy,
  publicEndpoint,
  secretEncryption,
  cloudKey,
  serviceAccountToken,
  catalogImage,
  device,
  workloadIdentity,
];
