import { serveProvider } from "../rpc/serveProvider.ts";
import { kubernetesProvider } from "./kubernetesProvider.ts";

void serveProvider(kubernetesProvider());
