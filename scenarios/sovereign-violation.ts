import { equals, type Scenario } from "./scenario";

/** A registry outside the Union. It exists for the story only; nothing is ever fetched from it. */
const foreign = "registry.us-east.example.com";

export const sovereignViolation: Scenario = {
  name: "sovereign-violation",
  title: "A change that moves data and images out of the jurisdiction is refused before anything changes.",
  given: "local",
  when: {
    title: "the cluster is declared to stand in us-east-1 and images come from a registry there",
    change: { cluster: { region: "us-east-1" }, mirror: { images: foreign } },
  },
  expect: (before, after) => {
    const mandatory = ({ policyFindings }: typeof before) =>
      policyFindings.filter((finding) => finding.level === "mandatory");
    const refusals = mandatory(after);
    const by = (rule: string) => refusals.filter((finding) => finding.policy === rule);
    const complete = (rule: string, value: string) => ({
      that: `${rule} refuses, and names resource, field, value and remedy`,
      holds:
        by(rule).length > 0 && by(rule).every(({ message }) => message.includes(value) && /Remedy: /.test(message)),
      saw: by(rule)[0]?.message ?? "no such finding",
    });
    return [
      equals("before the change nothing is refused", [before.ok, mandatory(before)], [true, []]),
      equals("the update is refused", after.ok, false),
      complete("sovereignty-region", "us-east-1"),
      complete("sovereignty-registry", foreign),
      equals(
        "nothing was changed: the stack holds what it held",
        [after.resources, after.changes],
        [before.resources, {}],
      ),
      equals("and everything that ran still runs", after.pods.running, before.pods.running),
    ];
  },
};
