import { stringify } from "yaml";

/**
 * What KWOK does to the objects it plays kubelet for, as one configuration file. A pod that the scheduler has bound
 * runs at once, a Job's pod completes, a deleted pod goes: whatever the kubelet side would say is not simulated.
 */
export function kwokConfiguration(): string {
  return stages.map((stage) => stringify({ apiVersion: "kwok.x-k8s.io/v1alpha1", ...stage })).join("---\n");
}

const exists = (key: string) => ({ key, operator: "Exists" });
const absent = (key: string) => ({ key, operator: "DoesNotExist" });
const ready = '.status.conditions.[] | select( .type == "Ready" ) | .status';

const condition = (type: string) => `
- { type: ${type}, status: "True", lastTransitionTime: {{ $now | Quote }} }`;

const runningPod = `{{ $now := Now }}
conditions:${["Initialized", "Ready", "ContainersReady"].map(condition).join("")}
{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  {{ if eq (or .restartPolicy "") "Always" }}
  started: true
  state: { running: { startedAt: {{ $now | Quote }} } }
  {{ else }}
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
  {{ end }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs: [{{ range . }}{ ip: {{ . | Quote }} }{{ end }}]
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs: [{{ range . }}{ ip: {{ . | Quote }} }{{ end }}]
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`;

// Addresses are left alone: asking for them again would give the pod a second one, which is invalid.
const completedPod = `{{ $now := Now }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
phase: Succeeded
`;

const stages = [
  {
    kind: "Stage",
    metadata: { name: "node-initialize" },
    spec: {
      resourceRef: { apiGroup: "v1", kind: "Node" },
      selector: { matchExpressions: [{ key: ready, operator: "NotIn", values: ["True"] }] },
      next: {
        statusTemplate: `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
phase: Running
`,
      },
    },
  },
  {
    kind: "Stage",
    metadata: { name: "pod-ready" },
    spec: {
      resourceRef: { apiGroup: "v1", kind: "Pod" },
      selector: {
        matchExpressions: [
          absent(".metadata.deletionTimestamp"),
          { key: ".status.phase", operator: "In", values: ["Pending"] },
          { key: ready, operator: "NotIn", values: ["True"] },
        ],
      },
      next: { statusTemplate: runningPod },
    },
  },
  {
    kind: "Stage",
    metadata: { name: "pod-complete" },
    spec: {
      resourceRef: { apiGroup: "v1", kind: "Pod" },
      selector: {
        matchExpressions: [
          absent(".metadata.deletionTimestamp"),
          { key: ".status.phase", operator: "In", values: ["Running"] },
          { key: ".metadata.ownerReferences.[].kind", operator: "In", values: ["Job"] },
        ],
      },
      next: { statusTemplate: completedPod },
    },
  },
  {
    kind: "Stage",
    metadata: { name: "pod-delete" },
    spec: {
      resourceRef: { apiGroup: "v1", kind: "Pod" },
      selector: { matchExpressions: [exists(".metadata.deletionTimestamp")] },
      next: { finalizers: { empty: true }, delete: true },
    },
  },
];
