import { appendFileSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { parseArgs } from "node:util";

/** The proxy and the registry of `companyNetwork.ts`, in one process inside the lab's network. */
const { values } = parseArgs({
  options: {
    address: { type: "string" },
    port: { type: "string" },
    mirror: { type: "string", default: "" },
    key: { type: "string", default: "" },
    certificate: { type: "string", default: "" },
    log: { type: "string", default: "" },
  },
});

const note = (line: string) => {
  appendFileSync(values.log, `${line}\n`);
};

// The registry serves images of the lab's mirror, where they have another registry's name.
const registry = createTlsServer(
  { key: readFileSync(values.key), cert: readFileSync(values.certificate) },
  (asked, response) => {
    note(`${asked.method ?? ""} ${asked.url ?? ""}`);
    const { pathname } = new URL(asked.url ?? "/", "http://registry");
    const path = pathname.replace(/^\/v2\/company\//, "/v2/e2e-test-images/");
    const upstream = request(
      `${values.mirror}${path}?ns=registry.k8s.io`,
      { method: asked.method ?? "GET" },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on("error", () => response.destroy());
    upstream.end();
  },
);
registry.listen(0, "127.0.0.1", () => {
  const { port: registryPort } = registry.address() as AddressInfo;
  const proxy = createServer((asked, response) => {
    response.writeHead(asked.url === "/healthz" ? 200 : 502).end();
  });
  proxy.on("connect", (asked, client, head) => {
    note(`CONNECT ${asked.url ?? ""}`);
    const server = connect(registryPort, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      server.write(head);
      server.pipe(client).pipe(server);
    });
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy());
  });
  proxy.listen(Number(values.port), values.address);
});
process.once("SIGTERM", () => process.exit());
