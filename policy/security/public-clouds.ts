import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  unknown,
  type Value,
  walk,
} from "../rule";
import { at, isTrue, listOf, several } from "./objects";
import { isInternet, isOwn, rangeOf } from "./ranges";

/** What makes resources of AWS and Google Cloud reachable from the internet. */

type Check = (props: Resource["props"], context: Context) => readonly Observation[];

/** A switch that must not be on; `must` where it must be off by name, because the provider's default is on. */
const off =
  (message: string, ...field: string[]): Check =>
  (props) => {
    const value = at(props, ...field);
    if (value === unknown) return [deferred(field)];
    return isTrue(value) ? [{ field, value: "true", message }] : [];
  };

/** A value that must be stated, and be what is expected. */
const must =
  (expected: string, message: string, ...field: string[]): Check =>
  (props) => {
    const value = at(props, ...field);
    if (value === unknown) return [deferred(field)];
    if (String(value).toLowerCase() === expected.toLowerCase()) return [];
    const text = typeof value === "string" || typeof value === "boolean" ? String(value) : undefined;
    return [
      {
        field,
        ...(text === undefined ? {} : { value: text }),
        message: text === undefined ? `is not ${expected}, ${message}` : message,
      },
    ];
  };

/** Ranges that may come in: none of the whole internet. */
function open(values: Value, field: Path): Observation[] {
  if (values === unknown) return [deferred(field)];
  return several(values).flatMap((range, index): Observation[] => {
    const at = Array.isArray(values) ? [...field, index] : field;
    if (range === unknown) return [deferred(at)];
    return isInternet(range) ? [{ field: at, value: String(range), message: "which is the internet" }] : [];
  });
}

const incoming = (field: Path, rule: Value): Observation[] =>
  ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "cidrIp"].flatMap((key) =>
    open(at(rule, key), [...field, key]),
  );

const securityGroup: Check = (props) =>
  props.ingress === unknown
    ? [deferred(["ingress"])]
    : listOf(props.ingress).flatMap((rule, index) => incoming(["ingress", index], rule));

/** What the environment declares of who may reach the API server from outside. */
const declared = ({ environment: { cluster } }: Context): readonly string[] =>
  cluster.kind !== "existing" && cluster.endpoint.access === "restricted" ? cluster.endpoint.cidrs.map(String) : [];

function ranges(values: Value, field: Path, context: Context, inside: (range: Value) => boolean): Observation[] {
  if (values === unknown) return [deferred(field)];
  return listOf(values).flatMap((value, index): Observation[] => {
    const range = isObject(value) ? value.cidrBlock : value;
    const place = [...field, index, ...(isObject(value) ? ["cidrBlock"] : [])];
    if (range === unknown) return [deferred(place)];
    return inside(range) || declared(context).some((one) => rangeOf(one) === rangeOf(range))
      ? []
      : [
          {
            field: place,
            value: String(range),
            message: "from which cluster.endpoint lets nobody reach the API server",
          },
        ];
  });
}

const eks: Check = (props, context) => {
  const config = props.vpcConfig;
  if (config === unknown) return [deferred(["vpcConfig"])];
  const access = at(config, "endpointPublicAccess");
  const field = ["vpcConfig", "endpointPublicAccess"];
  if (access === unknown) return [deferred(field)];
  if (access === false) return [];
  if (declared(context).length === 0) {
    return [{ field, message: "is not false, and cluster.endpoint.access is private" }];
  }
  const cidrs = at(config, "publicAccessCidrs");
  return cidrs === undefined || (Array.isArray(cidrs) && cidrs.length === 0)
    ? [{ field: ["vpcConfig", "publicAccessCidrs"], message: "is not stated, which is the whole internet" }]
    : ranges(cidrs, ["vpcConfig", "publicAccessCidrs"], context, () => false);
};

const gke: Check = (props, context) => {
  const networks = props.masterAuthorizedNetworksConfig;
  const endpoint = at(props, "privateClusterConfig", "enablePrivateEndpoint");
  const nodes = at(props, "privateClusterConfig", "enablePrivateNodes");
  const fields = {
    endpoint: ["privateClusterConfig", "enablePrivateEndpoint"],
    nodes: ["privateClusterConfig", "enablePrivateNodes"],
  };
  return [
    ...(nodes === unknown ? [deferred(fields.nodes)] : []),
    ...(nodes === unknown || isTrue(nodes)
      ? []
      : [{ field: fields.nodes, message: "is not true, so that nodes have addresses of the internet" }]),
    ...(endpoint === unknown ? [deferred(fields.endpoint)] : []),
    ...(endpoint === unknown || isTrue(endpoint) || declared(context).length > 0
      ? []
      : [{ field: fields.endpoint, message: "is not true, and cluster.endpoint.access is private" }]),
    ...(networks === undefined || networks === null
      ? [
          {
            field: ["masterAuthorizedNetworksConfig"],
            message: "is not stated, so that anybody can call the API server",
          },
        ]
      : networks === unknown
        ? [deferred(["masterAuthorizedNetworksConfig"])]
        : ranges(at(networks, "cidrBlocks"), ["masterAuthorizedNetworksConfig", "cidrBlocks"], context, isOwn)),
    ...off(
      "which lets any machine of Google Cloud in",
      "masterAuthorizedNetworksConfig",
      "gcpPublicCidrsAccessEnabled",
    )(props, context),
    ...off(
      "which is reached from the internet",
      "controlPlaneEndpointsConfig",
      "dnsEndpointConfig",
      "allowExternalTraffic",
    )(props, context),
  ];
};

const firewall: Check = (props) => {
  if (props.direction === unknown) return [deferred(["direction"])];
  if (String(props.direction ?? "INGRESS").toUpperCase() !== "INGRESS" || isTrue(props.disabled)) return [];
  if (props.allows === unknown) return [deferred(["allows"])];
  if (listOf(props.allows).length === 0) return [];
  const sources = [props.sourceRanges, props.sourceTags, props.sourceServiceAccounts];
  return sources.every(
    (source) => source === undefined || source === null || (Array.isArray(source) && source.length === 0),
  ) && !sources.includes(unknown)
    ? [{ field: ["sourceRanges"], message: "is not stated, which is the whole internet" }]
    : open(props.sourceRanges, ["sourceRanges"]);
};

const template: Check = (props) =>
  listOf(props.networkInterfaces).flatMap((card, index) =>
    isTrue(at(card, "associatePublicIpAddress"))
      ? [
          {
            field: ["networkInterfaces", index, "associatePublicIpAddress"],
            value: "true",
            message: "which gives machines addresses of the internet",
          },
        ]
      : listOf(at(card, "accessConfigs")).length > 0
        ? [
            {
              field: ["networkInterfaces", index, "accessConfigs"],
              message: "gives machines addresses of the internet",
            },
          ]
        : [],
  );

const external: Check = (props) => {
  const field = ["loadBalancingScheme"];
  const scheme = props.loadBalancingScheme;
  if (scheme === unknown) return [deferred(field)];
  return /^INTERNAL/.test(String(scheme ?? "EXTERNAL"))
    ? []
    : [
        {
          field,
          ...(typeof scheme === "string" ? { value: scheme } : {}),
          message: scheme === undefined ? "is not stated, which is the internet's" : "which is the internet's",
        },
      ];
};

const acl: Check = (props) =>
  props.acl === unknown
    ? [deferred(["acl"])]
    : /^(public-|authenticated-read)/i.test(String(props.acl ?? props.predefinedAcl ?? ""))
      ? [{ field: ["acl"], value: String(props.acl), message: "which lets anybody read it" }]
      : [];

const blocked: Check = (props) =>
  ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].flatMap((field) =>
    must("true", "so that it can be opened to anybody", field)(props, {} as Context),
  );

/** An address of the internet is for what makes requests go out, and for nothing that takes any. */
const address: Check = (props) =>
  ["instance", "networkInterface", "publicIpv4Pool"].flatMap((field) =>
    props[field] === undefined || props[field] === null
      ? []
      : [{ field: [field], message: "gets an address of the internet" }],
  );

const checks: readonly (readonly [RegExp, Check])[] = [
  [/^aws:eks\/cluster:/, eks],
  [/^gcp:container\/cluster:/, gke],
  [
    /^gcp:container\/nodePool:/,
    must("true", "so that nodes have addresses of the internet", "networkConfig", "enablePrivateNodes"),
  ],
  [/^aws:ec2\/(subnet|defaultSubnet):/, off("which gives machines addresses of the internet", "mapPublicIpOnLaunch")],
  [
    /^aws:ec2\/(instance|spotInstanceRequest):/,
    off("which gives it an address of the internet", "associatePublicIpAddress"),
  ],
  [/^(aws:ec2\/launchTemplate|gcp:compute\/(instance|instanceTemplate)):/, template],
  [/^aws:ec2\/eip:/, address],
  [/^aws:ec2\/(securityGroup|defaultSecurityGroup):/, securityGroup],
  [
    /^aws:ec2\/securityGroupRule:/,
    (props) => (props.type === unknown ? [deferred(["type"])] : props.type === "egress" ? [] : incoming([], props)),
  ],
  [/^aws:vpc\/securityGroupIngressRule:/, (props) => incoming([], props)],
  [
    /^aws:(lb|alb|elasticloadbalancingv2)\/loadBalancer:|^aws:elb\/loadBalancer:/,
    must("true", "so that it is reached from the internet", "internal"),
  ],
  [/^gcp:compute\/(forwardingRule|globalForwardingRule|backendService):/, external],
  [/^gcp:compute\/firewall:/, firewall],
  [/^aws:s3\/(bucket|bucketV2|bucketAcl|bucketAclV2):|^gcp:storage\/(bucketACL|bucket):/, acl],
  [/^aws:s3(control)?\/(bucket|account|accessPoint)?PublicAccessBlock:/i, blocked],
  [/^gcp:storage\/bucket:/, must("enforced", "so that it can be opened to anybody", "publicAccessPrevention")],
];

/** Google's names for anybody. */
const anybody = /^(allUsers|allAuthenticatedUsers)$/i;

export function ofCloud({ type, props }: Resource, context: Context): Observation[] {
  const found: Observation[] = checks.flatMap(([pattern, check]) => (pattern.test(type) ? check(props, context) : []));
  walk(props, (value, field) => {
    const key = field.at(-1);
    if (key === "publiclyAccessible") {
      if (value === unknown) found.push(deferred(field));
      else if (isTrue(value)) found.push({ field, value: "true", message: "which is reached from the internet" });
    }
    if (!type.startsWith("gcp:")) return;
    if (typeof value === "string" && anybody.test(value.trim())) {
      found.push({ field, value, message: "which is anybody" });
    } else if (typeof value === "string" && /"(allUsers|allAuthenticatedUsers)"/i.test(value)) {
      found.push({ field, message: "holds allUsers or allAuthenticatedUsers, which is anybody" });
    } else if (value === unknown && /iam/i.test(type) && (key === "member" || key === "members")) {
      found.push(deferred(field));
    }
  });
  return found;
}
