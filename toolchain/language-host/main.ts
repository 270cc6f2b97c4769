import manifest from "@pulumi/pulumi/package.json" with { type: "json" };
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { servePlugin } from "../rpc/servePlugin.ts";
import { languageService } from "./languageService.ts";

// pulumi-language-nodejs: implements
// https://github.com/pulumi/pulumi/blob/v3.259.0/proto/pulumi/language.proto.
const stopped = new AbortController();
void servePlugin({
  register: (server, { address }) => {
    const service = languageService({
      engineAddress: address ?? "",
      version: manifest.version,
      genSdk: process.env.HARDWAY_GEN_SDK,
      stopped,
    });
    server.addService(languageGrpc.LanguageRuntimeService, service);
  },
  close: () => {
    stopped.abort();
  },
});
