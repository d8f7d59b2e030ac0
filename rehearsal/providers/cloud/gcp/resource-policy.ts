import type { CloudObject } from "../kind";
import { computeLink, fullName } from "./names";
import { alreadyExists, computeName, gcpKind, notFound } from "./resource";
import type { GcpSettings } from "./settings";

export const resourcePolicyToken = "gcp:compute/resourcePolicy:ResourcePolicy";

const idOf = (settings: GcpSettings, name: string) =>
  fullName(settings, `regions/${settings.region}/resourcePolicies/${name}`);

/** Whether machines of a pool can be placed by it: it says how they stand to each other. */
export const placesGroups = ({ state }: CloudObject): boolean =>
  state.groupPlacementPolicy !== undefined || state.workloadPolicy !== undefined;

export const resourcePolicy = gcpKind({
  token: resourcePolicyToken,
  api: "compute",
  needs: ["project", "region"],
  namePattern: computeName,
  autoname: { field: "name", longest: 63 },
  immutable: [
    ...["name", "project", "region", "diskConsistencyGroupPolicy.enabled"],
    ...["groupPlacementPolicy.gpuTopology", "groupPlacementPolicy.tpuTopology", "workloadPolicy.type"],
    ...["acceleratorTopology", "acceleratorTopologyMode", "maxTopologyDistance"].map(
      (field) => `workloadPolicy.${field}`,
    ),
  ],
  identity: ({ name }) => name,
  conflict: ({ settings, inputs }) => alreadyExists(idOf(settings, inputs.name)),
  missing: (value, { settings }) => notFound(value.includes("/") ? value : idOf(settings, value)),
  id: ({ settings, inputs }) => idOf(settings, inputs.name),
  outputs: ({ settings, id }) => ({ selfLink: computeLink(settings, id) }),
});
