import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { channelOptions, endWithParent, listen } from "../serve";
import { PolicyProxy } from "./policy-proxy";

/**
 * Stands in for the official `pulumi-language-nodejs`, which no package registry carries. The engine asks it to run the
 * program and the policy pack; both are run by `@pulumi/pulumi`'s own runners, so what the program sees is official.
 *
 * It differs from the official host in what the blueprint has no use for: no debugger, no code generation, no
 * synchronous invokes, no ts-node (the project transpiles with tsx), npm as the only package manager.
 */

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";

/** What `@pulumi/pulumi/cmd/run` exits with after it has explained the failure to the user. */
const alreadyExplained = 32;

const children = new Set<ChildProcess>();

function run(args: string[], cwd: string | undefined, env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

function endChildren(): void {
  for (const child of children) child.kill("SIGINT");
}

interface Options {
  readonly nodeargs: string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** The `runtime.options` of Pulumi.yaml or PulumiPolicy.yaml. */
function optionsOf(info: language.ProgramInfo | undefined): Options {
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const environment: NodeJS.ProcessEnv = {};
  if (options.typescript !== false) environment.PULUMI_NODEJS_TYPESCRIPT = "true";
  if (typeof options.tsconfig === "string") environment.PULUMI_NODEJS_TSCONFIG_PATH = options.tsconfig;
  const nodeargs = typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [];
  return { nodeargs, environment };
}

const resolveFrom = (directory: string, name: string) =>
  createRequire(path.join(directory, "package.json")).resolve(name);

function runProgram(request: language.RunRequest): Promise<language.RunResponse> {
  const response = new language.RunResponse();
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  let runner: string;
  try {
    runner = resolveFrom(directory, "@pulumi/pulumi/cmd/run");
  } catch {
    response.setError(`@pulumi/pulumi is not installed in ${directory}. Run npm ci there and try again.`);
    return Promise.resolve(response);
  }
  const flags: [string, string][] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engineAddress],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", info?.getRootDirectory() ?? ""],
    ["stack", request.getStack()],
    ["pwd", directory],
    ["parallel", String(request.getParallel())],
  ];
  const { nodeargs, environment } = optionsOf(info);
  const args = [
    ...nodeargs,
    runner,
    ...flags.filter(([, value]) => value !== "").flatMap(([key, value]) => [`--${key}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
  const config = Object.fromEntries(request.getConfigMap().toObject(false) as [string, string][]);
  const child = run(args, directory, {
    ...process.env,
    ...environment,
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  });
  // The engine shows what the program prints; it reads it from this process.
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      response.setError(`node could not be started: ${error.message}`);
      resolve(response);
    });
    child.once("close", (code, signal) => {
      if (code === alreadyExplained) response.setBail(true);
      else if (code !== 0)
        response.setError(`Program exited with ${signal ? `signal ${signal}` : `non-zero exit code: ${code}`}`);
      resolve(response);
    });
  });
}

/** Runs a plugin written in TypeScript. The only kind that the blueprint has is the policy pack, an analyzer. */
async function runPlugin(
  call: grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>,
): Promise<void> {
  const request = call.request;
  const write = (stream: "Stdout" | "Stderr", data: Buffer | string) => {
    const response = new language.RunPluginResponse();
    response[`set${stream}`](Buffer.from(data));
    call.write(response);
  };
  if (request.getKind() !== "analyzer") {
    throw new Error(
      `plugins of kind "${request.getKind()}" are not run by this stand-in: it runs programs and policy packs`,
    );
  }
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const runner = resolveFrom(directory, "@pulumi/pulumi/cmd/run-policy-pack");
  const { environment, nodeargs } = optionsOf(info);
  const requested = Object.fromEntries(
    request.getEnvList().map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );

  // A policy pack reads the stack's configuration from its environment, and the engine only tells it once the pack is
  // there. So the engine first meets a proxy, and the pack is started when the configuration has come.
  const proxy = new PolicyProxy();
  call.on("cancelled", () => proxy.close());
  write("Stdout", `${await proxy.listen()}\n`);
  const configuration = await proxy.configured;
  const child = run([runner, ...nodeargs, ...request.getArgsList(), directory], directory, {
    ...requested,
    ...environment,
    ...configuration,
  });
  call.on("cancelled", () => child.kill("SIGTERM"));
  child.stderr?.on("data", (data) => write("Stderr", data));
  let port = "";
  child.stdout?.on("data", (data: Buffer) => {
    if (proxy.attached) {
      write("Stdout", data);
      return;
    }
    port += data.toString();
    const match = /^(\d+)\r?\n/.exec(port);
    if (match?.[1]) {
      proxy.attach(Number(match[1]));
      const rest = port.slice(match[0].length);
      if (rest) write("Stdout", rest);
    }
  });
  await new Promise<void>((resolve) => {
    child.once("close", (code) => {
      proxy.fail(`the policy pack in ${directory} ended with exit code ${code}`);
      const response = new language.RunPluginResponse();
      response.setExitcode(code ?? 1);
      call.write(response);
      resolve();
    });
  });
  proxy.close();
}

/** The resource plugins that the installed npm packages need, as their package.json say. */
function requiredPackages(info: language.ProgramInfo | undefined): plugin.PackageDependency[] {
  const modules = path.join(info?.getProgramDirectory() ?? process.cwd(), "node_modules");
  const names = readdirSync(modules).flatMap((name) =>
    name.startsWith("@") ? readdirSync(path.join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return names.flatMap((name) => {
    const file = path.join(modules, name, "package.json");
    if (!existsSync(file)) return [];
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    if (!manifest.pulumi?.resource) return [];
    const dependency = new plugin.PackageDependency();
    dependency.setName(manifest.pulumi.name ?? name.replace(/^@pulumi\//, "").replace(/^@/, ""));
    dependency.setKind("resource");
    dependency.setVersion(`v${String(manifest.pulumi.version ?? manifest.version).replace(/^v/, "")}`);
    return [dependency];
  });
}

function programDependencies(info: language.ProgramInfo | undefined): language.DependencyInfo[] {
  const directory = info?.getProgramDirectory() ?? process.cwd();
  const manifest = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).map((name) => {
    const dependency = new language.DependencyInfo();
    dependency.setName(name);
    dependency.setVersion(
      JSON.parse(readFileSync(path.join(directory, "node_modules", name, "package.json"), "utf8")).version,
    );
    return dependency;
  });
}

/** npm's version of the SDK: the host and the SDK are released together. */
const sdkVersion = (): string =>
  JSON.parse(readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8")).version;

type Unary<Request, Response> = grpc.handleUnaryCall<Request, Response>;

function answer<Request, Response>(make: (request: Request) => Response | Promise<Response>): Unary<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => make(call.request))
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: grpc.status.UNKNOWN, message: error.message }),
      );
  };
}

const implementation: grpc.UntypedServiceImplementation = {
  handshake: answer(() => new language.LanguageHandshakeResponse()),
  getPluginInfo: answer(() => {
    const info = new plugin.PluginInfo();
    info.setVersion(sdkVersion());
    return info;
  }),
  getRequiredPackages: answer((request: language.GetRequiredPackagesRequest) => {
    const response = new language.GetRequiredPackagesResponse();
    response.setPackagesList(requiredPackages(request.getInfo()));
    return response;
  }),
  getProgramDependencies: answer((request: language.GetProgramDependenciesRequest) => {
    const response = new language.GetProgramDependenciesResponse();
    response.setDependenciesList(programDependencies(request.getInfo()));
    return response;
  }),
  about: answer(() => {
    const response = new language.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    return response;
  }),
  runtimeOptionsPrompts: answer(() => new language.RuntimeOptionsResponse()),
  run: answer(runProgram),
  runPlugin: ((call: grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>) => {
    runPlugin(call).then(
      () => call.end(),
      (error: Error) => call.destroy(Object.assign(new Error(error.message), { code: grpc.status.UNKNOWN })),
    );
  }) as grpc.UntypedHandleCall,
  installDependencies: ((
    call: grpc.ServerWritableStream<language.InstallDependenciesRequest, language.InstallDependenciesResponse>,
  ) => {
    const directory = call.request.getInfo()?.getProgramDirectory() || process.cwd();
    const child = spawn("npm", ["ci", "--ignore-scripts", "--no-fund", "--no-audit"], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const forward = (stream: "Stdout" | "Stderr") => (data: Buffer) => {
      const response = new language.InstallDependenciesResponse();
      response[`set${stream}`](data);
      call.write(response);
    };
    child.stdout.on("data", forward("Stdout"));
    child.stderr.on("data", forward("Stderr"));
    const failed = (message: string) => call.destroy(Object.assign(new Error(message), { code: grpc.status.UNKNOWN }));
    child.once("error", (error) => failed(`npm could not be started: ${error.message}`));
    child.once("close", (code) =>
      code === 0 ? call.end() : failed(`npm ci in ${directory} ended with exit code ${code}`),
    );
  }) as grpc.UntypedHandleCall,
  cancel: answer(() => {
    endChildren();
    return new Empty();
  }),
};

async function main(): Promise<void> {
  const server = new grpc.Server(channelOptions);
  server.addService(LanguageRuntimeService as unknown as grpc.ServiceDefinition, implementation);
  process.stdout.write(`${await listen(server)}\n`);
  const end = () => {
    endChildren();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  endWithParent(end);
}

void main();
