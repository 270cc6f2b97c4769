import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { request } from "node:https";
import { parse } from "yaml";

// Sends five requests a second to the API, alternately reads and writes, and five to a Service if
// there is a URL, each over a new connection. Runs in the lab's network until SIGTERM; then prints
// the results as one line of JSON.
// Arguments: the kubeconfig, the namespace for ConfigMaps, and the Service's URL.

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

const [, , kubeconfigPath = "", namespace = "", serviceUrl] = process.argv;
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
  const isWrite = Math.floor(number / (serviceUrl === undefined ? 1 : 2)) % 2 === 0;
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

function visit(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false, timeout: 15_000 }, (response) => {
      response.resume();
      response.once("end", resolve);
      response.once("error", reject);
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in 15 s")));
    sent.once("error", reject);
  });
}

async function probeService(url: string): Promise<void> {
  const at = new Date().toISOString();
  await visit(url).catch((error: unknown) => {
    failures.push({ at, what: url, message: String(error) });
  });
}

function track(probing: Promise<void>): void {
  count += 1;
  const one = probing.finally(() => pending.delete(one));
  pending.add(one);
}

const timer = setInterval(() => {
  track(probe(count));
  if (serviceUrl !== undefined) track(probeService(serviceUrl));
}, 200);

process.once("SIGTERM", () => {
  clearInterval(timer);
  void Promise.all(pending).then(() => {
    process.stdout.write(`${JSON.stringify({ requests: count, failures, written })}\n`);
  });
});
