import { type Load, loadSeconds } from "./load-time";

/** What an endpoint picker is told beyond its plugins, so that requests wait in it while no server runs. */
export interface WaitingRoom {
  readonly featureGates: readonly ["flowControl"];
  readonly flowControl: {
    /** A Go duration: how long a request waits before it is refused. */
    readonly defaultRequestTTL: string;
  };
}

/** Seconds from a request until its first server's pod starts: until it is seen, and until there is a node. */
const beforeStart = 300;

/**
 * For a model that may come to zero. Without flow control a picker refuses what it has no server for, and shows nothing by
 * which anybody would know; with it, what waits is in `llm_d_epp_flow_control_queue_size`. Requests then wait in the picker
 * under load as well, instead of in the servers. Source: llm-d-router v0.10.0 pkg/epp/flowcontrol/README.md,
 * apix/config/v1alpha1/endpointpickerconfig_types.go (60 s by default).
 */
export const waitingRoom = (load: Load): WaitingRoom => ({
  featureGates: ["flowControl"],
  flowControl: { defaultRequestTTL: `${beforeStart + loadSeconds(load)}s` },
});
