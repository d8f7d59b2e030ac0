"use strict";
const { main, printCredential, versions } = require("./credential.cjs");

/** Stands in for GKE's login. As the real one (kubernetes/cloud-provider-gcp), it prints v1beta1 whatever is asked for. */
main("gke-gcloud-auth-plugin", (folder, args) => {
  const other = args.find((argument) => argument !== "--use_application_default_credentials");
  if (other !== undefined) {
    throw new Error(
      `no cloud is behind this command: it knows no argument ${other}, only --use_application_default_credentials`,
    );
  }
  printCredential(folder, versions[0]);
});
