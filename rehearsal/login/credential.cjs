"use strict";
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { parse } = require("yaml");

/** client.authentication.k8s.io versions; the first is what both real programs print unless they are asked for another. */
const versions = ["client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1"];

/** Prints an ExecCredential with the administrator's certificate of the control plane in a rehearsal's folder. */
function printCredential(folder, apiVersion) {
  const file = path.join(folder, "control-plane", "kubeconfig");
  let user;
  try {
    user = parse(readFileSync(file, "utf8")).users[0].user;
  } catch (error) {
    const why = error.code ?? "it is no kubeconfig with a user";
    throw new Error(`${file} cannot be read (${why}): does the rehearsal's control plane run?`);
  }
  const text = (key) => Buffer.from(user[key], "base64").toString("utf8");
  const status = {
    clientCertificateData: text("client-certificate-data"),
    clientKeyData: text("client-key-data"),
  };
  const credential = { kind: "ExecCredential", apiVersion, spec: { interactive: false }, status };
  process.stdout.write(`${JSON.stringify(credential, undefined, 4)}\n`);
}

/** Runs a stand-in's main function; what it throws goes to standard error as the program's own last word. */
function main(name, run) {
  const [folder, ...args] = process.argv.slice(2);
  try {
    run(folder, args);
  } catch (error) {
    process.stderr.write(`${name} (the rehearsal's stand-in): ${error.message}\n`);
    process.exitCode = 1;
  }
}

module.exports = { main, printCredential, versions };
