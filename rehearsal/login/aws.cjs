"use strict";
const { parseArgs } = require("node:util");
const { main, printCredential, versions } = require("./credential.cjs");

/** Stands in for `aws eks get-token` of the AWS CLI, and for nothing else of it. */
main("aws", (folder, args) => {
  const known = "it knows `aws eks get-token --cluster-name <name> --region <region> [--output json]` and nothing else";
  if (args[0] !== "eks" || args[1] !== "get-token") {
    throw new Error(`no cloud is behind this command: ${known}`);
  }
  const options = { "cluster-name": { type: "string" }, region: { type: "string" }, output: { type: "string" } };
  let values;
  try {
    ({ values } = parseArgs({ args: args.slice(2), options }));
  } catch (error) {
    throw new Error(`${error.message.split(". ")[0]}: ${known}`);
  }
  for (const name of ["cluster-name", "region"]) {
    if (!values[name]) throw new Error(`--${name} is missing: ${known}`);
  }
  if (values.output !== undefined && values.output !== "json") {
    throw new Error(`--output is ${values.output}, and credentials are read as json: ${known}`);
  }
  printCredential(folder, wanted());
});

/** As awscli/customizations/eks/get_token.py chooses it: what the client asks for, if it is known. */
function wanted() {
  try {
    const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    return versions.includes(apiVersion) ? apiVersion : versions[0];
  } catch {
    return versions[0];
  }
}
