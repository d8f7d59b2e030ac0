import { endpointAdmission } from "../admission/endpoint";
import { frameworks } from "../frameworks";
import { deferred, isObject, type Observation, type Resource, type ResourceRule, unknown } from "../rule";
import { isAllow, partOf, statementsOf } from "./aws-policies";
import { at } from "./objects";
import { ofCloud } from "./public-clouds";
import { isExposing, ofKubernetes } from "./public-kubernetes";
import { lenient } from "./upstream";

/**
 * Nothing can be reached from the internet that the environment does not say so of: the API server, by the ranges of
 * `cluster.endpoint`, and the models, where `gateway.exposure` is public.
 */
export const publicEndpoint: ResourceRule = {
  id: "security-public-endpoint",
  title: "Nothing is public that is not declared so",
  concern: "security",
  severity: "critical",
  frameworks: frameworks["security-public-endpoint"],
  remedy: "keep it inside the network, or declare it by cluster.endpoint or gateway.exposure",
  applies: (resource) => isExposing(resource) || /^(aws|aws-native|gcp|google-native):/.test(resource.type),
  check(resource, context) {
    return lenient(
      [
        ...(resource.type.startsWith("kubernetes:") ? ofKubernetes(resource, context) : ofCloud(resource, context)),
        ...forAnybody(resource),
      ],
      resource,
      context,
    );
  },
  admission: endpointAdmission,
};

/** Policies of AWS that let anybody in, and say nothing of who that must be. */
function forAnybody(resource: Resource): Observation[] {
  const { statements } = statementsOf(resource);
  return statements.flatMap(({ statement, field }): Observation[] => {
    if (!isAllow(statement)) return [];
    const principal = at(statement, "Principal") ?? at(statement, "principals");
    if (principal === unknown) return [deferred([...field, "Principal"])];
    const all = isObject(principal) ? Object.values(principal).flat() : [principal];
    const conditions = partOf(statement, "Condition").some(
      (condition) => isObject(condition) && Object.keys(condition).length > 0,
    );
    return all.includes("*") && !conditions
      ? [{ field: [...field, "Principal"], value: "*", message: "which is anybody, under no condition" }]
      : [];
  });
}
