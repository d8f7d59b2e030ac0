import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";
import { addressesIn, hostName, nameAt, objectionTo } from "./hosts";
import { cloudOf } from "./partitions";
import { accountsOf, judgeArn, judgeStatements, statementsIn } from "./trust-aws";
import { judgeMember, membersIn } from "./trust-google";

/**
 * Nobody is trusted who is not the environment's own: its account, its project and the people whom cluster.admins names,
 * its trust domain, and the services of its cloud.
 *
 * Judged are the statements that trust somebody (of roles, keys, buckets, queues, in whatever property or text they
 * stand), the inputs of AWS that name a principal or an account, Google's IAM members, what identities from outside are
 * taken in, who may use the cluster without saying who they are, and with whose trust domain SPIFFE federates. A wildcard
 * is trusted when its conditions leave the environment's own account alone.
 */
export const trust: ResourceRule = {
  id: "sovereignty-trust",
  title: "Nobody outside is trusted",
  concern: "sovereignty",
  severity: "critical",
  frameworks: frameworks["sovereignty-trust"],
  remedy: "name principals of the environment's own account, project or trust domain",
  applies: ({ type }) =>
    /^(aws|aws-native|gcp|google-native):/.test(type) ||
    /^kubernetes:(spire\.spiffe\.io|rbac\.authorization\.k8s\.io|helm\.sh)\/|:ServiceAccount$/.test(type) ||
    authenticating.test(type),
  check(resource, context) {
    const { type } = resource;
    if (/^aws(-native)?:/.test(type)) return judgeAws(resource, context);
    if (/^(gcp|google-native):/.test(type)) return judgeGoogle(resource, context);
    return judgeKubernetes(resource, context);
  },
};

// AWS -----------------------------------------------------------------------------------------------------------------

/** Inputs that hold statements: unknown, they may trust anybody. `policy` of IAM's own policies says what may be done, not by whom. */
const statementInputs =
  /^(assumeRolePolicy|assumeRolePolicyDocument|policy|policyDocument|resourcePolicy|accessPolicies)$/;

/** Inputs that name a principal, and those that name an account. */
const principalInputs =
  /^(principalArn|principalArns|allowedPrincipals|granteePrincipal|retiringPrincipal|principal|targetRoleArn)$/;
const accountInputs =
  /^(peerOwnerId|accountId|accountIds|sourceAccount|destinationAccountId|allowedAccounts|sharedAccountIds|sharedWithAccountId|userIds?)$/;

function judgeAws(resource: Resource, context: Context): Observation[] {
  const { type, props } = resource;
  const found: Observation[] = [];
  const says = /:iam\/(policy|rolePolicy|userPolicy|groupPolicy):/.test(type);
  walk(props, (value, field) => {
    const key = nameAt(props, field);
    if (value === unknown) {
      const hides = (statementInputs.test(key) && !says) || principalInputs.test(key) || accountInputs.test(key);
      found.push(...(hides ? [deferred(field)] : []));
    } else if (typeof value === "string" && principalInputs.test(key)) {
      found.push(...judgeArn(value, field, context));
    } else if (typeof value === "string" && accountInputs.test(key) && !/^aws:ec2\/vpcPeering.*accepter/i.test(type)) {
      found.push(...judgeAccount(value, field, context));
    }
  });
  for (const { statement, field } of statementsIn(props)) {
    found.push(...judgeStatements(statement, field, context));
  }
  return [...found, ...public_(resource), ...judgeIssuer(resource, context)];
}

const judgeAccount = (account: string, field: Path, context: Context): Observation[] =>
  accountsOf(context).includes(account.trim())
    ? []
    : [{ field, value: account, message: "an account that is not the environment's own" }];

/** What opens a resource to everybody without a statement. */
function public_({ props, type }: Resource): Observation[] {
  const found: Observation[] = [];
  walk(props, (value, field) => {
    const key = field.at(-1);
    if (typeof value !== "string" && value !== true) return;
    if (key === "allowExternalPrincipals" && value === true) {
      found.push({ field, value: "true", message: "which shares it with accounts of other organisations" });
    }
    if (key === "acl" && /^(public-|authenticated-read|aws-exec-read|log-delivery-write)/.test(String(value))) {
      found.push({
        field,
        value: String(value),
        message: "which opens it to whoever is not of the environment's account",
      });
    }
    if (typeof value === "string" && /groups\/(global\/AllUsers|global\/AuthenticatedUsers)$/i.test(value)) {
      found.push({ field, value, message: "which grants it to everybody" });
    }
    if (key === "group" && value === "all" && type.startsWith("aws:ec2/")) {
      found.push({ field, value: "all", message: "which grants it to everybody" });
    }
  });
  return found;
}

/** An issuer of identities that the account takes in. The cluster's own is a host of its cloud. */
function judgeIssuer({ type, props }: Resource, context: Context): Observation[] {
  const federates =
    /:iam\/openIdConnectProvider:|:iam\/workloadIdentityPoolProvider:|:iam\/workforcePoolProvider:|:eks\/identityProviderConfig:/i.test(
      type,
    );
  if (!federates) return [];
  const found: Observation[] = [];
  walk(props, (value, field) => {
    if (!/^(url|issuerUri|issuerUrl)$/.test(nameAt(props, field))) return;
    if (value === unknown) found.push(deferred(field));
    if (typeof value === "string") found.push(...judgeIssuerHost(value, field, context));
  });
  return found;
}

function judgeIssuerHost(text: string, field: Path, context: Context): Observation[] {
  const host = addressesIn(text)[0]?.host ?? hostName(text.split("/")[0] ?? "");
  const own = host !== undefined && ownHost(host, context);
  const message = host === undefined ? "which is no address that can be read" : objectionTo(host, context);
  return own || message === undefined
    ? []
    : [
        {
          field,
          value: text,
          message: `an issuer of identities ${message}`,
          remedy:
            "let identities come from the environment's own cluster, or name the issuer in jurisdiction.endpoints",
        },
      ];
}

/** Hosts whose word is the environment's own: its trust domain, its gateway, and its cluster's issuer at its cloud. */
function ownHost(host: string, context: Context): boolean {
  const { identity, gateway } = context.environment;
  const under = (name: string) => host === name.toLowerCase() || host.endsWith(`.${name.toLowerCase()}`);
  const cluster = /^(oidc\.eks\.|oidc-eks\.|container\.)/.test(host) && cloudOf(host) !== undefined;
  return under(identity.trustDomain) || under(gateway.host) || cluster || /(^|\.)svc(\.cluster\.local)?$/.test(host);
}

// Google Cloud --------------------------------------------------------------------------------------------------------

function judgeGoogle(resource: Resource, context: Context): Observation[] {
  const { props, type } = resource;
  const accounts: Observation[] = [];
  walk(props, (value, field) => {
    if (field.at(-1) === "accountId" && field.at(-2) === "aws" && /workloadIdentityPoolProvider/i.test(type)) {
      accounts.push(...(value === unknown ? [deferred(field)] : judgeAccount(String(value), field, context)));
    }
  });
  return [
    ...membersIn(resource).flatMap(({ member, field }) =>
      member === unknown ? [deferred(field)] : judgeMember(member, field, context),
    ),
    ...accounts,
    ...judgeIssuer(resource, context),
  ];
}

// Kubernetes ----------------------------------------------------------------------------------------------------------

function judgeKubernetes(resource: Resource, context: Context): Observation[] {
  return [
    ...judgeFederation(resource, context),
    ...judgeSubjects(resource),
    ...judgeAnnotations(resource, context),
    ...judgeTokens(resource, context),
  ];
}

const federationKeys = /^(federatesWith|trustDomainAliases|trustDomains|foreignTrustDomains)$/;

/** Other trust domains whose identities are taken for what they say. */
function judgeFederation({ type, props }: Resource, context: Context): Observation[] {
  const own = context.environment.identity.trustDomain.toLowerCase();
  const found: Observation[] = [];
  const judge = (name: Value, field: Path, bundle?: Value) => {
    if (name === unknown) found.push(deferred(field));
    if (
      typeof name !== "string" ||
      name === "" ||
      name
        .replace(/^spiffe:\/\//, "")
        .replace(/\.+$/, "")
        .toLowerCase() === own
    )
      return;
    const host = typeof bundle === "string" ? addressesIn(bundle)[0]?.host : undefined;
    if (host !== undefined && objectionTo(host, context) === undefined) return;
    found.push({
      field,
      value: name,
      message: `a trust domain that is not the environment's own, ${own}`,
      remedy: "take it out, or name the host of its bundle endpoint in jurisdiction.endpoints",
    });
  };
  if (type.endsWith(":ClusterFederatedTrustDomain")) {
    const { spec } = props;
    if (spec === unknown) return [deferred(["spec"])];
    const { trustDomain, bundleEndpointURL } = (spec ?? {}) as { [key: string]: Value };
    judge(trustDomain, ["spec", "trustDomain"], bundleEndpointURL);
    return found;
  }
  walk(props, (value, field) => {
    const [list, index] = [field.at(-2), field.at(-1)];
    if (typeof index === "number" && federationKeys.test(String(list))) {
      const entry = value as { [key: string]: Value } | string;
      if (typeof entry === "object" && entry !== null)
        judge(entry.trustDomain, [...field, "trustDomain"], entry.bundleEndpointURL);
      else judge(value, field);
    } else if (federationKeys.test(String(index)) && value === unknown) {
      found.push(deferred(field));
    } else if (
      index === "federatedTrustDomains" ||
      (index === "clusterFederatedTrustDomains" && typeof value === "object")
    ) {
      for (const [key, each] of Object.entries((value ?? {}) as { [key: string]: Value })) {
        const entry = (each ?? {}) as { [key: string]: Value };
        judge(entry.trustDomain ?? key, [...field, key, "trustDomain"], entry.bundleEndpointURL);
      }
    }
  });
  return found;
}

/** Whom the API server knows nothing of. */
const anybody = new Set(["system:anonymous", "system:unauthenticated"]);

function judgeSubjects({ type, props }: Resource): Observation[] {
  if (!/:(ClusterRoleBinding|RoleBinding)(List|Patch)?$/.test(type)) return [];
  const { subjects } = props;
  if (subjects === unknown) return [deferred(["subjects"])];
  return (Array.isArray(subjects) ? (subjects as readonly Value[]) : []).flatMap((subject, index): Observation[] => {
    const field = ["subjects", index, "name"];
    const name = subject === unknown ? unknown : (subject as { [key: string]: Value } | null)?.name;
    if (name === unknown) return [deferred(field)];
    return anybody.has(String(name).trim().toLowerCase())
      ? [{ field, value: String(name), message: "which is whoever reaches the API server, without a name" }]
      : [];
  });
}

/** Cloud identities that a service account may take on. */
function judgeAnnotations({ props }: Resource, context: Context): Observation[] {
  const found: Observation[] = [];
  walk(props, (value, field) => {
    const key = field.at(-1);
    if (key !== "eks.amazonaws.com/role-arn" && key !== "iam.gke.io/gcp-service-account") return;
    if (value === unknown) found.push(deferred(field));
    if (typeof value !== "string") return;
    found.push(
      ...(key === "eks.amazonaws.com/role-arn"
        ? judgeArn(value, field, context)
        : judgeMember(`serviceAccount:${value}`, field, context).map((seen) => ({ ...seen, value }))),
    );
  });
  return found;
}

/** Kinds that say whose tokens are taken: of gateways and meshes. */
const authenticating =
  /:(AgentgatewayPolicy|SecurityPolicy|RequestAuthentication|TrafficPolicy|AuthConfig|AuthPolicy|MCPRoute)$/;

function judgeTokens({ type, props }: Resource, context: Context): Observation[] {
  if (!authenticating.test(type)) return [];
  const found: Observation[] = [];
  walk(props, (value, field) => {
    if (!/^(issuer|issuerUrl|issuerURL)$/.test(String(field.at(-1)))) return;
    if (value === unknown) found.push(deferred(field));
    if (typeof value === "string") found.push(...judgeIssuerHost(value, field, context));
  });
  return found;
}
