import type { RuleId } from "../stacks/policies";
import { type Clause, clauses as of } from "./clauses";

/**
 * Which clauses each rule contributes to. To contribute is not to fulfil: a clause asks for more than any rule can see, of
 * people, contracts and running systems, and whether it applies at all is not for a rule to say. The first of a rule is the
 * one that the engine shows. Rules of cost serve budgets, and no clause that was read asks for these.
 */
export const frameworks: Readonly<Record<RuleId, readonly Clause[]>> = {
  "sovereignty-region": [of.gdprTransfer, of.doraLocation, of.sncLocation, of.c5Location, of.c5Partitions],
  "sovereignty-partition": [of.c5Partitions, of.gdprTransfer, of.doraThirdCountry, of.sncForeignAccess],
  "sovereignty-residency": [of.gdprTransfer, of.doraLocation, of.sncLocation, of.c5Location],
  "sovereignty-encryption": [
    of.gdprEncryption,
    of.doraKeys,
    of.nis2Cryptography,
    of.craConfidential,
    of.sncEncryption,
    of.c5Storage,
  ],
  "sovereignty-state": [of.sncTechnicalData, of.gdprEncryption, of.doraKeys, of.nis2Cryptography, of.sncSecrets],
  "sovereignty-registry": [of.nis2SupplyChain, of.sncInstallation, of.c5Images],
  "sovereignty-digest": [of.craIntegrity, of.doraChange, of.nis2SupplyChain, of.sncVersions],
  "sovereignty-model-source": [of.aiActCybersecurity, of.nis2SupplyChain],
  "sovereignty-egress": [of.gdprTransfer, of.doraThirdCountry, of.c5Connections],
  "sovereignty-trust": [of.doraAccess, of.gdprSecure, of.nis2Access, of.sncRights],
  "sovereignty-support-access": [of.c5SupportAccess, of.sncSupport],
  "sovereignty-isolation": [of.doraData, of.gdprConfidential, of.sncSeparation, of.c5Separation],
  "sovereignty-audit": [of.sncRetention, of.doraDetection, of.c5LogRetention],
  "cost-known-machine": [],
  "cost-known-price": [],
  "cost-priced-resource": [],
  "cost-monthly-budget": [],
  "cost-monthly-increase": [],
  "cost-tenant-budget": [],
  "cost-model-budget": [],
  "cost-gpu-hours": [],
  "cost-allowed-hardware": [],
  "cost-scale-bounds": [],
  "cost-spot": [],
  "cost-idle-pool": [],
  "cost-expiry": [],
  "cost-allocation": [],
  "security-pod": [of.c5Hardening, of.gdprConfidential, of.craAttackSurface, of.sncSeparation],
  "security-wildcard-permission": [of.doraAccess, of.nis2Access, of.craAccess, of.sncRights, of.c5Rights],
  "security-network-policy": [of.c5Traffic, of.doraNetwork, of.sncNetworks],
  "security-public-endpoint": [of.craAttackSurface, of.doraAccess, of.sncAdministration, of.c5Connections],
  "security-secret-encryption": [
    of.doraKeys,
    of.gdprEncryption,
    of.nis2Cryptography,
    of.sncSecrets,
    of.c5KeyManagement,
  ],
  "security-cloud-key": [of.c5Credentials, of.doraKeys, of.sncSecrets],
  "security-service-account-token": [of.doraAccess, of.nis2Access, of.c5Rights],
  "security-catalog-image": [of.craComponents, of.doraInventory, of.nis2SupplyChain, of.sncInstallation, of.c5Images],
  "security-device": [of.c5Separation, of.doraAccess, of.sncSeparation],
  "security-workload-identity": [of.c5Authentication, of.doraKeys, of.nis2Access],
};
