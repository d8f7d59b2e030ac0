import { Platform } from "./components/platform";
import { currentEnvironment } from "./stacks/load";

const platform = new Platform("platform", currentEnvironment());

export const region = platform.cluster.region;
export const host = platform.gateway.host;
export const models = platform.serving.models.map(({ url }) => url);
export const trustDomain = platform.identity.trustDomain;
export const authorization = { apiUrl: platform.authorization.apiUrl, store: platform.authorization.storeName };
