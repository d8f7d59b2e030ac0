/** Texts that are secrets, by forms that their makers gave them so that they can be found. Precise ones alone. */
export const secretTexts: readonly (readonly [what: string, form: RegExp])[] = [
  // docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, unique identifiers.
  ["a key id of AWS", /\b(AKIA|ASIA)[A-Z2-7]{16}\b/],
  ["a private key", /-----BEGIN (RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY/],
  ["a token in JWT form", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  [
    "a key of a service account of Google Cloud",
    /"type"\s*:\s*"service_account"[\s\S]*"private_key|"private_key_id"\s*:\s*"[0-9a-f]{40}"/,
  ],
  ["an API key of Google Cloud", /\bAIza[0-9A-Za-z_-]{35}\b/],
  ["a token of Hugging Face", /\bhf_[A-Za-z0-9]{30,}\b/],
  ["a token of GitHub", /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b/],
  ["a token of GitLab", /\bglpat-[A-Za-z0-9_-]{20,}\b/],
  ["a token of Slack", /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ["a key of NVIDIA's catalog", /\bnvapi-[A-Za-z0-9_-]{40,}\b/],
  ["a key of OpenAI's form", /\bsk-(proj-|ant-)?[A-Za-z0-9_-]{32,}\b/],
  ["a token of Pulumi", /\bpul-[0-9a-f]{40}\b/],
  ["a password in an address", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'$]+:[^\s/@"'${}]+@[^\s]/i],
];

/** Names of variables whose values are secrets, and must come from one. */
export const secretNames =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY|ACCESS_KEY|PRIVATE_KEY|API_KEY|APIKEY|TOKEN|CREDENTIALS?|HF_TOKEN|HUGGING_FACE_HUB_TOKEN)$/i;

/** What a text is, should it be a secret; also where it is written as base64. */
export function secretIn(text: string): string | undefined {
  const found = secretTexts.find(([, form]) => form.test(text))?.[0];
  if (found !== undefined || !/^[A-Za-z0-9+/\s]{24,}={0,2}\s*$/.test(text)) return found;
  const decoded = Buffer.from(text, "base64").toString("latin1");
  const what = secretTexts.find(([, form]) => form.test(decoded))?.[0];
  return what === undefined ? undefined : `${what}, in base64`;
}
