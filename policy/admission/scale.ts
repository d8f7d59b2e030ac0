import { tenantScope } from "../../components/labels";
import { podsPerNode } from "../cost/scale-bounds";
import { statedServers } from "../cost/servers";
import type { Admission, AdmissionContext } from "./admission";
import { all } from "./cel";

const subject = "variables.subject";

/**
 * What scales pods states a maximum, no higher than its role's or than what nodes hold; and model servers that the platform
 * states have no more replicas than that, whoever sets them. Those of a team's stack are its pull request's to judge.
 */
export function scaleAdmission({ environment }: AdmissionContext): Admission {
  const bounds = JSON.stringify(
    Object.fromEntries(
      statedServers(environment).map(({ model, workload, replicas }) => [
        `${tenantScope(model.tenant)}/${workload.name}`,
        replicas,
      ]),
    ),
  );
  const nodes = environment.pools.reduce((sum, { max }) => sum + max, 0);
  const [target, most] = [`(request.?namespace.orValue("") + "/" + ${subject}.target)`, `${subject}.most`];
  const bound = `(${target} in ${bounds} ? ${bounds}[${target}] : ${nodes * podsPerNode})`;
  return {
    resources: [
      { group: "autoscaling", resources: ["horizontalpodautoscalers"] },
      { group: "keda.sh", resources: ["scaledobjects", "scaledjobs"] },
      { group: "apps", resources: ["deployments", "statefulsets"].flatMap((kind) => [kind, `${kind}/scale`]) },
      { group: "leaderworkerset.x-k8s.io", resources: ["leaderworkersets", "leaderworkersets/scale"] },
    ],
    subject: (object) => {
      const any = `dyn(${object})`;
      const scales = 'request.resource.group in ["autoscaling", "keda.sh"]';
      return `{"scales": dyn(${scales}), "target": ${any}.?spec.?scaleTargetRef.?name.orValue(request.?name.orValue("")), "most": ${any}.?spec.?maxReplicas.orValue(${any}.?spec.?maxReplicaCount.orValue(-1)), "replicas": ${any}.?spec.?replicas.orValue(1)}`;
    },
    finding: all(
      `${subject}.scales && ${most} < 0 ? "no maximum is stated for " + ${subject}.target : ""`,
      `${subject}.scales && ${most} > ${bound} ? "the maximum for " + ${subject}.target + " is " + string(${most}) + ", and at most " + string(${bound}) + " are bounded" : ""`,
      `!${subject}.scales && ${target} in ${bounds} && ${subject}.replicas > ${bounds}[${target}] ? "replicas of " + ${subject}.target + " are " + string(${subject}.replicas) + ", and the environment states " + string(${bounds}[${target}]) : ""`,
    ),
    because: "so that nobody stated its end",
  };
}
