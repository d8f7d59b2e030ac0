import { max, select, type Vector } from "./promql";

/**
 * What the workload variant autoscaler recommends for a variant, in replicas. KEDA does what it says: the autoscaler
 * itself changes no replicas, save the first of a workload that has none.
 * Source: workload-variant-autoscaler v0.5.1 internal/constants/metrics.go, docs/integrations/keda-integration.md.
 *
 * Its own label `namespace` stands in `exported_namespace`, because Prometheus puts the scraped pod's in its place. Two
 * controllers run, and one that lost the lead still shows what it said last; more replicas are the safer of two answers.
 */
export const recommended = (namespace: string, variant: string): Vector =>
  max(
    select("wva_desired_replicas", [
      { label: "variant_name", by: "=", value: variant },
      { label: "exported_namespace", by: "=", value: namespace },
    ]),
  );

/** Under which the autoscaler finds what a variant runs on. Source: v0.5.1 internal/utils/variant.go. */
export const acceleratorLabel = "inference.optimization/acceleratorName";

/** Cost of a replica, USD per hour, as the definition's pattern takes it. The definition's own default where unknown. */
export const variantCost = (usdPerHour: number | undefined): string => (usdPerHour ?? 10).toFixed(4);
