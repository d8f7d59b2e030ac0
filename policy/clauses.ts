import type { Framework } from "./rule";

/**
 * What laws and criteria catalogues ask for, in words of our own, clause by clause, as far as a rule of ours contributes
 * to it. A clause that could not be read is not here. The references bind whom they name (a controller, a financial entity,
 * a manufacturer, a cloud provider), which need not be whoever runs this platform.
 */

export interface Clause extends Framework {
  /** Where its text was read. The publisher's own copies could not be reached. */
  readonly source: string;
  /** ISO day of reading. */
  readonly read: string;
}

/** Copies of the official texts, one file each, in a collection for compliance tools. */
const copies = (file: string): Pick<Clause, "source" | "read"> => ({
  source: `intuitem/ciso-assistant-community backend/library/libraries/${file} at f990d7b1b9a9`,
  read: "2026-11-21",
});

const of =
  (name: string, version: string, text: Pick<Clause, "source" | "read">) =>
  (reference: string, specification: string): Clause => ({ name, version, reference, specification, ...text });

const gdpr = of("GDPR", "Regulation (EU) 2016/679", copies("gdpr.yaml"));
const dora = of("DORA", "Regulation (EU) 2022/2554", copies("dora.yaml"));
const nis2 = of("NIS 2", "Directive (EU) 2022/2555", copies("nis2-directive.yaml"));
const aiAct = of("AI Act", "Regulation (EU) 2024/1689, as published in 2024", copies("ai-act.yaml"));
const cra = of("Cyber Resilience Act", "Regulation (EU) 2024/2847", {
  source:
    "https://www.springlex.eu/en/packages/cra/cra-regulation/annex-1/ (OJ L 2024/2847); its points (e) to (m) in the same copies, cra-regulation-annexes.yaml",
  read: "2026-11-21",
});
const secNumCloud = of("SecNumCloud", "3.2 of 8 March 2022", copies("secnumcloud-3.2.yaml"));
const c5 = of("BSI C5", "C5:2020", copies("bsi-c5-2020.yaml"));
const c5New = of("BSI C5", "C5:2026", {
  source: "intuitem/ciso-assistant-community backend/library/libraries/bsi_c5_2026.yaml at 3e354a5ac9c5",
  read: "2026-11-21",
});

export const clauses = {
  gdprSecure: gdpr(
    "Article 5(1)(f)",
    "Personal data is kept safe from unauthorised processing, loss and damage by technical and organisational measures.",
  ),
  gdprEncryption: gdpr(
    "Article 32(1)(a)",
    "Encryption of personal data is among the measures that the risk may call for.",
  ),
  gdprConfidential: gdpr(
    "Article 32(1)(b)",
    "Processing systems stay confidential, sound, available and resilient over time.",
  ),
  gdprTransfer: gdpr(
    "Article 44",
    "Personal data goes to a third country, or on from there to another, only under the conditions of the chapter on transfers.",
  ),
  doraInventory: dora(
    "Article 8(4) and (6)",
    "A financial entity knows its information and ICT assets, how they are configured and depend on each other, and keeps the inventory up to date.",
  ),
  doraData: dora(
    "Article 9(2)",
    "ICT security keeps data available, authentic, sound and confidential, at rest, in use and in transit.",
  ),
  doraNetwork: dora(
    "Article 9(4)(b)",
    "The network is managed soundly, which may include mechanisms that isolate assets under attack.",
  ),
  doraAccess: dora("Article 9(4)(c)", "Access to assets is limited to what approved functions and activities need."),
  doraKeys: dora(
    "Article 9(4)(d)",
    "Authentication is strong, and the cryptographic keys by which data is encrypted are protected.",
  ),
  doraChange: dora(
    "Article 9(4)(e)",
    "Changes to software, systems and security parameters are recorded, tested, approved and verified in a controlled manner.",
  ),
  doraDetection: dora(
    "Article 10(1) and (3)",
    "Anomalous activities are detected promptly, and the activity of users is monitored.",
  ),
  doraThirdCountry: dora(
    "Article 29(2)",
    "Before critical functions go to a provider or subcontractor of a third country, data protection and the enforcement of law there are considered.",
  ),
  doraLocation: dora(
    "Article 30(2)(b)",
    "Contracts state the regions or countries in which services are provided and data is processed and stored.",
  ),
  nis2SupplyChain: nis2(
    "Article 21(2)(d)",
    "Measures cover the security of the supply chain, direct suppliers and service providers included.",
  ),
  nis2Cryptography: nis2(
    "Article 21(2)(h)",
    "There are policies and procedures for cryptography and, where appropriate, encryption.",
  ),
  nis2Access: nis2("Article 21(2)(i)", "Measures cover access control and the management of assets."),
  aiActCybersecurity: aiAct(
    "Article 15(5)",
    "A high-risk AI system withstands attempts to alter its use, output or performance, such as by tampering with pre-trained components.",
  ),
  craAccess: cra(
    "Annex I, Part I, point (2)(d)",
    "A product is protected from unauthorised access by control mechanisms.",
  ),
  craConfidential: cra(
    "Annex I, Part I, point (2)(e)",
    "A product keeps data confidential, such as by encryption at rest and in transit.",
  ),
  craIntegrity: cra(
    "Annex I, Part I, point (2)(f)",
    "A product keeps data, programs and configuration from unauthorised change.",
  ),
  craAttackSurface: cra(
    "Annex I, Part I, point (2)(j)",
    "A product is made to limit its attack surface, external interfaces included.",
  ),
  craComponents: cra(
    "Annex I, Part II, point (1)",
    "A manufacturer documents the components of a product, by a software bill of materials that machines can read.",
  ),
  sncRights: secNumCloud(
    "9.3.a",
    "Rights of access to the service's resources are granted, changed and withdrawn by a procedure.",
  ),
  sncAdministration: secNumCloud(
    "9.6.d",
    "A provider's administration interfaces cannot be reached from a public network.",
  ),
  sncSeparation: secNumCloud("9.7.a", "Customers are kept apart from each other."),
  sncSupport: secNumCloud(
    "9.7.d",
    "Support reaches a customer's data only with the customer's consent, for the time of it, and on record.",
  ),
  sncEncryption: secNumCloud(
    "10.1.a",
    "Stored data is encrypted, so that it cannot be recovered from a resource or medium that goes to someone else.",
  ),
  sncSecrets: secNumCloud("10.5.c", "Keys and other secrets that encrypt data are kept in a suitable container."),
  sncRetention: secNumCloud(
    "12.6.c",
    "Logged events are kept for at least six months. The rule holds logs to the days that the environment states, which may be fewer.",
  ),
  sncInstallation: secNumCloud(
    "12.10.a",
    "What software is installed on the service's machines is controlled by a procedure.",
  ),
  sncNetworks: secNumCloud("13.2.a", "Network traffic is kept apart by sensitivity, purpose and owner."),
  sncVersions: secNumCloud(
    "14.2.c",
    "Versions of software and systems are kept on record, so that an environment can be rebuilt as it was on a given day.",
  ),
  sncLocation: secNumCloud("19.2.b", "Customers' data is stored and processed within the European Union."),
  sncTechnicalData: secNumCloud(
    "19.2.d",
    "Technical data, such as directories, certificates, logs and access settings, stays within the European Union.",
  ),
  sncForeignAccess: secNumCloud(
    "19.6.c",
    "A third party of another law than that of the European Union has no technical means of obtaining the data. A rule sees in whose cloud something is, and not who owns it.",
  ),
  c5LogRetention: c5("OPS-12", "Logs are kept for the specified time, for authorised users and systems only."),
  c5Hardening: c5("OPS-23", "System components are hardened by accepted standards."),
  c5Separation: c5("OPS-24", "Customers' data on shared resources is strictly separated."),
  c5SupportAccess: c5(
    "IDM-07",
    "Customers hear of it when the provider's staff reads or writes their unencrypted data.",
  ),
  c5Credentials: c5("IDM-08", "Authentication information is given out such that it stays confidential."),
  c5Authentication: c5(
    "IDM-09",
    "System components authenticate users and the components that authorise automatically.",
  ),
  c5Storage: c5("CRY-03", "Customers' data is encrypted in storage, by private keys that the customer alone knows."),
  c5KeyManagement: c5("CRY-04", "Keys are made, stored, changed and withdrawn securely, apart from what they serve."),
  c5Connections: c5("COS-03", "Connections between trusted and untrusted networks are restricted and monitored."),
  c5Traffic: c5("COS-06", "Customers' traffic in shared networks is separated."),
  c5Rights: c5("PSS-08", "Rights follow from least privilege, the need to know, and the separation of duties."),
  c5Images: c5("PSS-11", "Customers can restrict which images of machines and containers may be started."),
  c5Location: c5("PSS-12", "Customers choose where their data is processed and stored, backups included."),
  c5Partitions: c5New(
    "GC-01",
    "A cloud provider states its law and jurisdiction, and the partitions, regions and locations in which data is processed, stored and backed up.",
  ),
} as const satisfies Readonly<Record<string, Clause>>;
