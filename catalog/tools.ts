/**
 * The programs a rehearsal runs: which version, where its publisher offers it, how one found on PATH is asked what it is,
 * and how it is built from source.
 */

/** The platform a download is for. `arch` is Go's name for it (`amd64`, `arm64`). */
export interface Platform {
  readonly os: "linux" | "darwin";
  readonly arch: "amd64" | "arm64";
}

export interface Download {
  readonly url: string;
  /** File inside the archive; absent where the download is the program itself. */
  readonly member?: string;
  /** A file of `<sha256>  <name>` lines, of one bare hash, or GitHub's description of a release with its assets' digests. */
  readonly checksumUrl: string;
}

export interface ToolEntry {
  readonly version: string;
  /**
   * How a program on PATH tells its version: by running it with `args` and reading the first match of `pattern`, or, for
   * a resource plugin, which has no such flag, by starting it and asking it over gRPC.
   */
  readonly ask: { readonly args: readonly string[]; readonly pattern: RegExp } | "plugin";
  /**
   * Which versions on PATH are as good as the pinned one. `minor`: the same minor, no older patch; for what speaks an API
   * that grows by minors. `major`: the same major, not older; for what promises to stay compatible within it.
   */
  readonly fits: "minor" | "major";
  /** Where to download for a platform, or why it cannot be downloaded there. */
  readonly download: (platform: Platform) => Download | string;
  /**
   * `binary` is what `go build` calls the program. `around`: the program is the rehearsal's own, its source stands in
   * `folder`, and the module that it wraps is the one whose version is the tool's. Absent where no Go module carries it.
   */
  readonly go?: {
    readonly folder: GoFolder;
    readonly package: string;
    readonly around?: string;
    readonly binary: string;
    readonly ldflags: readonly string[];
  };
}

/** Folders below rehearsal/toolchain/go, each a module of its own, longest build first. */
export const goFolders = ["kubernetes", "karpenter", "epp", "pulumi", "helm", "kwok", "lws"] as const;
export type GoFolder = (typeof goFolders)[number];

const pulumiVersion = "3.246.0";
const kubernetesVersion = "1.36.3";
const etcdVersion = "3.6.8";
const kwokVersion = "0.8.0";
const helmVersion = "4.3.1";
/** Of Karpenter's core: the one that the AWS provider of the same version is made of (both of 2026-08-19). */
const karpenterVersion = "1.14.1";
/**
 * Older than the chart and the definitions that the platform installs (v0.10.0, catalog/releases.ts), whose module could
 * not be had when this was written. What rehearsed objects can notice of it: no `slices`, `placementPolicy` or
 * `roles[].scaling` of a DisaggregatedSet is acted on and no DisaggregatedSetRoleScaler made; of a LeaderWorkerSet v0.10.0
 * only bounds its replicas besides. (config/crd/bases of both versions.)
 */
const lwsVersion = "0.9.0";
/**
 * Of llm-d's scheduler, which became llm-d's router: the newest that the Go module proxy has, where the catalog's picker is
 * the router's. It is made around the endpoint picker of the Gateway API inference extension v1.2.0.
 */
const pickerVersion = "0.4.0";
/** Where the kinds are defined that this one watches. Objectives were to become the router's own, in a group of its own. */
export const pickerDefinitions = {
  module: "sigs.k8s.io/gateway-api-inference-extension",
  version: "v1.2.0",
  folders: ["config/crd/bases"],
} as const;
const kubernetesProviderVersion = "4.34.2";

const anyVersion = /v?(\d+\.\d+\.\d+[-+.\w]*)/;

/** The Pulumi CLI's archive also holds its language hosts. Checksums: sign.yml in pulumi/pulumi writes the GitHub release's list. */
function pulumiSdk(member: string) {
  return ({ os, arch }: Platform): Download => ({
    url: `https://get.pulumi.com/releases/sdk/pulumi-v${pulumiVersion}-${os}-${arch === "amd64" ? "x64" : arch}.tar.gz`,
    member: `pulumi/${member}`,
    checksumUrl: `https://github.com/pulumi/pulumi/releases/download/v${pulumiVersion}/pulumi-${pulumiVersion}-checksums.txt`,
  });
}

function kubernetes(name: string): ToolEntry {
  const [major, minor] = kubernetesVersion.split(".");
  const variable = "k8s.io/component-base/version";
  return {
    version: `v${kubernetesVersion}`,
    ask: { args: ["--version"], pattern: anyVersion },
    fits: "minor",
    download: ({ os, arch }) => {
      if (os !== "linux") return "Kubernetes publishes its server programs for Linux only";
      const url = `https://dl.k8s.io/release/v${kubernetesVersion}/bin/${os}/${arch}/${name}`;
      return { url, checksumUrl: `${url}.sha256` };
    },
    go: {
      folder: "kubernetes",
      package: `k8s.io/kubernetes/cmd/${name}`,
      binary: name,
      // Without these /version reports v0.0.0-master, which clients cannot parse. A module has no commit to name.
      ldflags: [
        `-X ${variable}.gitVersion=v${kubernetesVersion}`,
        `-X ${variable}.gitMajor=${major}`,
        `-X ${variable}.gitMinor=${minor}`,
        `-X ${variable}.gitTreeState=clean`,
        `-X ${variable}.gitCommit=unknown`,
        `-X ${variable}.buildDate=1970-01-01T00:00:00Z`,
      ],
    },
  };
}

const table = {
  pulumi: {
    version: `v${pulumiVersion}`,
    ask: { args: ["version"], pattern: anyVersion },
    fits: "major",
    download: pulumiSdk("pulumi"),
    go: {
      folder: "pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      binary: "pulumi",
      // Without it plugins and the automation API cannot parse the version.
      ldflags: [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`],
    },
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  etcd: {
    version: `v${etcdVersion}`,
    ask: { args: ["--version"], pattern: /etcd Version: (\d+\.\d+\.\d+[-+.\w]*)/ },
    fits: "minor",
    download: ({ os, arch }) => {
      const release = `https://github.com/etcd-io/etcd/releases/download/v${etcdVersion}`;
      const name = `etcd-v${etcdVersion}-${os}-${arch}`;
      return {
        url: `${release}/${name}.${os === "linux" ? "tar.gz" : "zip"}`,
        member: `${name}/etcd`,
        checksumUrl: `${release}/SHA256SUMS`,
      };
    },
    go: { folder: "kubernetes", package: "go.etcd.io/etcd/server/v3", binary: "server", ldflags: [] },
  },
  kwok: {
    version: `v${kwokVersion}`,
    ask: { args: ["--version"], pattern: anyVersion },
    fits: "minor",
    // hack/releases.sh in kubernetes-sigs/kwok uploads the programs alone; the SHA-256 that GitHub took of each when it was
    // uploaded is the `digest` of the release's asset (REST API, "Get a release by tag name").
    download: ({ os, arch }) => ({
      url: `https://github.com/kubernetes-sigs/kwok/releases/download/v${kwokVersion}/kwok-${os}-${arch}`,
      checksumUrl: `https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v${kwokVersion}`,
    }),
    go: {
      folder: "kwok",
      package: "sigs.k8s.io/kwok/cmd/kwok",
      binary: "kwok",
      ldflags: [`-X sigs.k8s.io/kwok/pkg/consts.Version=v${kwokVersion}`],
    },
  },
  karpenter: {
    version: `v${karpenterVersion}`,
    // Upstream's programs, which buy real machines, are called the same.
    ask: { args: ["--version"], pattern: /^karpenter of the rehearsal v(\d+\.\d+\.\d+)/ },
    fits: "minor",
    download: () =>
      "Karpenter is published as container images only, and this is a program of the rehearsal's around it",
    go: {
      folder: "karpenter",
      package: "rehearsal/karpenter",
      around: "sigs.k8s.io/karpenter",
      binary: "karpenter",
      ldflags: [`-X main.version=v${karpenterVersion}`],
    },
  },
  "endpoint-picker": {
    version: `v${pickerVersion}`,
    // Upstream's program, called epp, says no version.
    ask: { args: ["--version"], pattern: /^endpoint picker of the rehearsal v(\d+\.\d+\.\d+)/ },
    fits: "minor",
    download: () =>
      "llm-d's endpoint picker is published as container images only, and this is a program of the rehearsal's around it",
    go: {
      folder: "epp",
      package: "rehearsal/endpoint-picker",
      around: "github.com/llm-d/llm-d-inference-scheduler",
      binary: "endpoint-picker",
      ldflags: [`-X main.version=v${pickerVersion}`],
    },
  },
  lws: {
    version: `v${lwsVersion}`,
    // Upstream's program, which is called by another name, ends where its kinds are not defined yet.
    ask: { args: ["--version"], pattern: /^lws of the rehearsal v(\d+\.\d+\.\d+)/ },
    fits: "minor",
    download: () =>
      "LeaderWorkerSet is published as container images only, and this is a program of the rehearsal's around it",
    go: {
      folder: "lws",
      package: "rehearsal/lws",
      around: "sigs.k8s.io/lws",
      binary: "lws",
      ldflags: [`-X main.version=v${lwsVersion}`],
    },
  },
  helm: {
    version: `v${helmVersion}`,
    ask: { args: ["version", "--short"], pattern: anyVersion },
    fits: "major",
    download: ({ os, arch }) => {
      const url = `https://get.helm.sh/helm-v${helmVersion}-${os}-${arch}.tar.gz`;
      return { url, member: `${os}-${arch}/helm`, checksumUrl: `${url}.sha256sum` };
    },
    go: {
      folder: "helm",
      package: "helm.sh/helm/v4/cmd/helm",
      binary: "helm",
      ldflags: [`-X helm.sh/helm/v4/internal/version.version=v${helmVersion}`],
    },
  },
  "pulumi-language-nodejs": {
    version: `v${pulumiVersion}`,
    ask: { args: ["-version"], pattern: anyVersion },
    fits: "major",
    download: pulumiSdk("pulumi-language-nodejs"),
  },
  "pulumi-resource-kubernetes": {
    version: `v${kubernetesProviderVersion}`,
    ask: "plugin",
    fits: "major",
    download: ({ os, arch }) => ({
      url: `https://get.pulumi.com/releases/plugins/pulumi-resource-kubernetes-v${kubernetesProviderVersion}-${os}-${arch}.tar.gz`,
      member: "pulumi-resource-kubernetes",
      // Goreleaser's default name, as .goreleaser.yml in pulumi/pulumi-kubernetes sets none.
      checksumUrl: `https://github.com/pulumi/pulumi-kubernetes/releases/download/v${kubernetesProviderVersion}/pulumi-kubernetes_${kubernetesProviderVersion}_checksums.txt`,
    }),
  },
} as const satisfies Readonly<Record<string, ToolEntry>>;

export type ToolName = keyof typeof table;
export const tools: Readonly<Record<ToolName, ToolEntry>> = table;
