import { createServer } from "node:http";
import { parseArgs } from "node:util";

/**
 * A faulty mirror: it serves an HTML page for the CNI plugins, a part of etcd, and no other file.
 * Its arguments are those of the mirror's daemon.
 */
const { values } = parseArgs({
  options: {
    cache: { type: "string" },
    address: { type: "string" },
    port: { type: "string" },
    of: { type: "string" },
  },
});

const server = createServer(({ url = "" }, response) => {
  const file = url.split("/").at(-1) ?? "";
  if (file === "healthz") {
    response.end("ok");
  } else if (file.startsWith("cni-plugins")) {
    response.end("<html><body>Sign in to this network</body></html>\n");
  } else if (file.startsWith("etcd")) {
    response.writeHead(200, { "content-length": 1000 });
    response.write(Buffer.alloc(100), () => response.destroy());
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(values.port), values.address);
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
