import { Unknown } from "../../kubernetes/values";
import type { Cloud } from "../kind";
import { compute } from "./compute";
import { eks } from "./eks";
import { events } from "./events";
import { faults } from "./faults";
import { gateways } from "./gateways";
import { iam } from "./iam";
import { kms } from "./kms";
import { logs } from "./logs";
import { network } from "./network";
import { nodeGroup } from "./node-group";
import { routes } from "./routes";
import { securityGroups } from "./security-groups";
import { type AwsSettings, settingsOf } from "./settings";
import { sqs } from "./sqs";

/** The simulated AWS. Errors are worded as AWS words them; where a wording was read is said beside each. */
export const aws: Cloud<AwsSettings> = {
  name: "aws",
  kinds: [
    ...network,
    ...gateways,
    ...routes,
    ...securityGroups,
    ...compute,
    ...logs,
    ...iam,
    ...kms,
    ...eks,
    nodeGroup,
    ...sqs,
    ...events,
  ],
  settings: settingsOf,
  at: (settings, inputs) => (typeof inputs.region === "string" ? { ...settings, region: inputs.region } : settings),
  // The official provider makes everything anew in another region or account.
  replacesProvider: ["region", "allowedAccountIds"],
  scopeOf: (token, { account, region }) => (token.startsWith("aws:iam/") ? account : `${account}/${region}`),
  sees: (here, there) => here === there || here.startsWith(`${there}/`),
  common(_, { tags }, { region, account, defaultTags }) {
    return {
      region,
      ownerId: account,
      ...(tags instanceof Unknown ? {} : { tagsAll: { ...defaultTags, ...tags } }),
    };
  },
  inUse: ({ type, id }) => `DependencyViolation: The ${noun(type)} '${id}' has dependencies and cannot be deleted.`,
  gone: (token, id) => `${token.split(":")[2]} ${id} is not there any more; refresh the stack`,
  faults,
};

/** How EC2 speaks of a type in its errors: vpc, subnet, internetGateway. */
const noun = (token: string): string => token.split(":")[1]!.split("/")[1]!;
