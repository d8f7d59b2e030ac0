import { serveProvider } from "../serve";
import { KubernetesProvider } from "./provider";

/** The engine's own address is the only argument. */
serveProvider("kubernetes", (onCancel) => new KubernetesProvider(process.argv[2], onCancel));
