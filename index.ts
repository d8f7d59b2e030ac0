import { RunError } from "@pulumi/pulumi";
import { checkCluster } from "./components/cluster/probe";
import { Platform } from "./components/platform";
import { TeamModels } from "./components/serving/team";
import { currentEnvironment } from "./stacks/load";

export = async () => {
  try {
    const environment = currentEnvironment();
    if (environment.team !== undefined) {
      return await TeamModels.deploy(environment, environment.team);
    }
    await checkCluster(environment);
    return new Platform("platform", environment).published;
  } catch (error) {
    // What is wrong with the environment is one message. Where it is our mistake, the calls that led to it matter.
    const mistake = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
    throw error instanceof Error && !mistake ? new RunError(error.message) : error;
  }
};
