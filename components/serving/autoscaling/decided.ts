import { type GpuPool, type Model, rolesOf } from "../../../stacks/environment";
import { tenantScope } from "../../labels";
import type { DecidedModel } from "./autoscalers";
import { loadOf } from "./load-time";

/** Models whose replicas the variant autoscaler decides on: those of one role that states `scale`. */
export const decidedModels = (models: readonly Model[], pools: ReadonlyMap<string, GpuPool>): readonly DecidedModel[] =>
  models.flatMap((model) =>
    model.versions.flatMap((version) =>
      rolesOf(version.serving).flatMap(({ name, role }) =>
        role.scale === undefined || name !== "both"
          ? []
          : [
              {
                name: model.name,
                namespace: tenantScope(model.tenant),
                scale: role.scale,
                load: loadOf(version, role, pools.get(model.pool)),
              },
            ],
      ),
    ),
  );
