/** Addresses from which Google Cloud's health checks reach backends of its application load balancers. */
export const googleHealthChecks = {
  ranges: ["35.191.0.0/16", "130.211.0.0/22"],
  source:
    "https://cloud.google.com/load-balancing/docs/firewall-rules, regional internal and external application load balancers",
  // The page states no day in what was read; this is the day of reading.
  date: "2026-11-21",
} as const;
