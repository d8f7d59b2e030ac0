import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const year = 365 * 24 * 3600 * 1000;

/** Who may talk to the API server, as its certificate says it: user is the common name, groups the organisations. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The identities that a cluster made by kubeadm has, plus those of KWOK, KAI, Karpenter and LeaderWorkerSet, with bindings of their own. */
export const identities = {
  "super-admin": { user: "kubernetes-super-admin", groups: ["system:masters"] },
  admin: { user: "kubernetes-admin", groups: ["kubeadm:cluster-admins"] },
  "controller-manager": { user: "system:kube-controller-manager", groups: [] },
  scheduler: { user: "system:kube-scheduler", groups: [] },
  kwok: { user: "kwok-controller", groups: [] },
  kai: { user: "kai-scheduler", groups: [] },
  karpenter: { user: "karpenter", groups: [] },
  lws: { user: "lws", groups: [] },
  "etcd-client": { user: "kube-apiserver-etcd-client", groups: [] },
} as const satisfies Record<string, Identity>;

export type IdentityName = keyof typeof identities;

/** File paths of the keys and certificates of one control plane. Keys are readable by their owner alone. */
export interface Pki {
  readonly ca: string;
  readonly caKey: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly serviceAccount: { readonly key: string; readonly pub: string };
  readonly clients: Record<IdentityName, { readonly cert: string; readonly key: string }>;
}

interface Issuer {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly cert: x509.X509Certificate;
}

const serial = () => `00${randomBytes(15).toString("hex")}`;

async function privatePem(keys: CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey as webcrypto.CryptoKey);
  return x509.PemConverter.encode(der, "PRIVATE KEY");
}

const newKeys = () =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as unknown as Promise<CryptoKeyPair>;

/** A directory name as RFC 4514 wants it, its special characters escaped. */
const distinguished = (identity: Identity) =>
  [...identity.groups.map((group) => `O=${group}`), `CN=${identity.user}`]
    .map((part) => part.replace(/([,+"\\<>;])/g, "\\$1"))
    .join(",");

async function issue(issuer: Issuer, subject: string, extensions: x509.Extension[]) {
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: issuer.name,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + year),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      ...extensions,
    ],
  });
  return { cert: cert.toString("pem"), key: await privatePem(keys) };
}

/**
 * The keys and certificates of a control plane in `folder`, made on the first call and valid for a year.
 * Every connection is by TLS with a client certificate, etcd's included, as on a cluster made by kubeadm.
 */
export async function ensurePki(folder: string): Promise<Pki> {
  const file = (name: string) => path.join(folder, name);
  const pair = (name: string) => ({ cert: file(`${name}.crt`), key: file(`${name}.key`) });
  const pki: Pki = {
    ca: file("ca.crt"),
    caKey: file("ca.key"),
    server: pair("server"),
    serviceAccount: { key: file("sa.key"), pub: file("sa.pub") },
    clients: Object.fromEntries(
      (Object.keys(identities) as IdentityName[]).map((name) => [name, pair(name)]),
    ) as Pki["clients"],
  };
  if (await stillValid(pki)) return pki;

  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = (target: string, text: string) => writeFile(target, text, { mode: 0o600 });
  const keys = await newKeys();
  const name = "CN=rehearsal-ca";
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + year),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const issuer: Issuer = { name, keys, cert: ca };
  const server = await issue(issuer, "CN=kube-apiserver", [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    new x509.SubjectAlternativeNameExtension([
      { type: "ip", value: "127.0.0.1" },
      { type: "ip", value: "10.96.0.1" },
      ...["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(
        (value) => ({ type: "dns", value }) as const,
      ),
    ]),
  ]);
  await write(pki.server.cert, server.cert);
  await write(pki.server.key, server.key);
  for (const [key, identity] of Object.entries(identities) as [IdentityName, Identity][]) {
    const client = await issue(issuer, distinguished(identity), [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ]);
    await write(pki.clients[key].cert, client.cert);
    await write(pki.clients[key].key, client.key);
  }
  const account = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  await write(pki.serviceAccount.key, account.privateKey);
  await write(pki.serviceAccount.pub, account.publicKey);
  await write(pki.caKey, await privatePem(keys));
  // The CA's certificate is written last: where it stands, all the rest stands.
  await write(pki.ca, ca.toString("pem"));
  return pki;
}

async function stillValid(pki: Pki): Promise<boolean> {
  try {
    const cert = new x509.X509Certificate(await readFile(pki.ca, "utf8"));
    await Promise.all(Object.values(pki.clients).map(({ key }) => access(key)));
    return cert.notAfter.getTime() > Date.now() + 24 * 3600 * 1000;
  } catch {
    return false;
  }
}
