import { serveProvider } from "../rpc/serveProvider.ts";
import { commandProvider } from "./commandProvider.ts";

void serveProvider(commandProvider());
