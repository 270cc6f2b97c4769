import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { parse } from "yaml";

// Sends five requests a second to the API, alternately reads and writes, each over a new
// connection. Runs in the lab's network until SIGTERM; then prints the results as one line of JSON.
// Arguments: the kubeconfig, and the namespace for ConfigMaps.

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

const [, , kubeconfigPath = "", namespace = ""] = process.argv;
const { clusters, users } = parse(await readFile(kubeconfigPath, "utf8")) as Kubeconfig;
const decoded = (text: string | undefined) => Buffer.from(text ?? "", "base64");
const server = clusters[0]?.cluster.server ?? "";
const credentials = {
  ca: decoded(clusters[0]?.cluster["certificate-authority-data"]),
  cert: decoded(users[0]?.user["client-certificate-data"]),
  key: decoded(users[0]?.user["client-key-data"]),
};

const maps = `/api/v1/namespaces/${namespace}/configmaps`;
const failures: { at: string; what: string; message: string }[] = [];
const written: string[] = [];
const pending = new Set<Promise<void>>();
/** A prefix for this prober's names. */
const run = Date.now().toString(36);
let count = 0;

function ask(method: "GET" | "POST", path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { method, ...credentials, agent: false, timeout: 15_000 };
    const sent = request(`${server}${path}`, options, (response) => {
      response.resume();
      response.once("end", () => {
        const { statusCode = 0 } = response;
        if (statusCode < 300) resolve(String(statusCode));
        else reject(new Error(`HTTP ${statusCode}`));
      });
      response.once("error", reject);
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in 15 s")));
    sent.once("error", reject);
    sent.setHeader("Content-Type", "application/json");
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function probe(number: number): Promise<void> {
  const at = new Date().toISOString();
  const name = `probe-${run}-${number}`;
  const isWrite = number % 2 === 0;
  try {
    if (isWrite) {
      await ask("POST", maps, { metadata: { name }, data: { number: String(number) } });
      written.push(name);
    } else {
      await ask("GET", `${maps}?limit=1`);
    }
  } catch (error) {
    failures.push({ at, what: isWrite ? `write ${name}` : "read", message: String(error) });
  }
}

const timer = setInterval(() => {
  count += 1;
  const one = probe(count).finally(() => pending.delete(one));
  pending.add(one);
}, 200);

process.once("SIGTERM", () => {
  clearInterval(timer);
  void Promise.all(pending).then(() => {
    process.stdout.write(`${JSON.stringify({ requests: count, failures, written })}\n`);
  });
});
