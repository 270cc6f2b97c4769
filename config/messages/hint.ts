import { z } from "zod";
import { nearest, suggestion } from "../../base/wording.ts";
import { clusterSchema } from "../schema/clusterSchema.ts";
import type { Keys } from "./problem.ts";
import { unwrap } from "./salvage.ts";

/** Names that other tools use, in lower case without - and _, with their names here. */
const otherWords: Readonly<Record<string, string>> = {
  apiserver: "api",
  certsans: "api.names",
  cidr: "network.nodes",
  clustercidr: "network.pods",
  cni: "network.plugin",
  containermanager: "runtime",
  containerruntime: "runtime",
  cores: "cpus",
  cpu: "cpus",
  cri: "runtime",
  disk: "diskGiB",
  disksize: "diskGiB",
  etcddisk: "etcdDiskGiB",
  etcddisksize: "etcdDiskGiB",
  expirationseconds: "validityHours",
  extraargs: "flags",
  groups: "group",
  httpproxy: "outside.proxy",
  ip: "address",
  ipaddress: "address",
  kubeproxy: "kubeProxy",
  mem: "memoryMiB",
  memory: "memoryMiB",
  nameservers: "network.dns",
  mirrors: "outside.registries",
  networkplugin: "network.plugin",
  nodecidr: "network.nodes",
  nodesubnet: "network.nodes",
  noproxy: "outside.direct",
  permissions: "mode",
  podcidr: "network.pods",
  podscidr: "network.pods",
  podsubnet: "network.pods",
  proxymode: "network.proxy",
  ram: "memoryMiB",
  replicas: "count",
  servicecidr: "network.services",
  servicesubnet: "network.services",
  sshauthorizedkeys: "authorizedKeys",
  sshkeys: "ssh.authorizedKeys",
  uri: "libvirt",
  tz: "timeZone",
  vcpu: "cpus",
  vcpus: "cpus",
  writefiles: "files",
};

/** Keys that the config does not have, with a hint. */
const elsewhere: Readonly<Record<string, string>> = {
  kubernetesversion: "; every version is set in model/versions.ts",
  version: "; every version is set in model/versions.ts",
  versions: "; every version is set in model/versions.ts",
  controlplanes: "; give nodes or pools the role control-plane",
  masters: "; give nodes or pools the role control-plane",
  workers: "; give nodes or pools the role worker",
  hashedpasswd: "; users log in with keys, not passwords",
  passwd: "; users log in with keys, not passwords",
  password: "; users log in with keys, not passwords",
  plaintextpasswd: "; users log in with keys, not passwords",
  name: "; a node's name is its key in nodes, a pool's its key in pools",
};

/** The hint after "unknown key": the key that was probably meant, its place, or the known keys. */
export function keyHint(mapping: Keys, key: string): string {
  const here = keysAt(mapping);
  const word = key.toLowerCase().replaceAll(/[-_]/g, "");
  // Singular for plural, or plural for singular.
  const forms = [word, `${word}s`, word.replace(/s$/, "")];
  // Programs are known without their prefix too: apiserver, controllerManager.
  const same =
    here.find((name) => forms.includes(name.toLowerCase())) ??
    here.find((name) => name.replaceAll("-", "") === `kube${word}`);
  const place = placeOf(mapping, same ?? lookUp(otherWords, word) ?? key);
  if (place !== undefined) {
    return place;
  }
  const close = lookUp(elsewhere, word) ?? suggestion(key, here);
  if (close !== "") {
    return close;
  }
  const misspelt = lookUp(otherWords, nearest(word, Object.keys(otherWords)) ?? "");
  const meant = misspelt === undefined ? undefined : placeOf(mapping, misspelt);
  return (
    meant ??
    (here.length > 0 && here.length <= mostListed ? `; known here: ${here.join(", ")}` : "")
  );
}

/** Sections with more keys than the config's own are lists of flags or settings. */
const mostListed = 30;

const lookUp = (table: Readonly<Record<string, string>>, word: string): string | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;

/** A hint to the place that knows this key or path; undefined if there is none. */
function placeOf(mapping: Keys, meant: string): string | undefined {
  if (keysAt(mapping).includes(meant)) {
    return `; did you mean ${meant}?`;
  }
  const found = known.filter((path) => path === meant || path.endsWith(`.${meant}`));
  return found.length === 0
    ? undefined
    : `; did you mean ${nearestOf(found, mapping).join(" or ")}?`;
}

/**
 * The paths in the same node or pool, else those of the whole lab, else all. Settings of components
 * come last.
 */
function nearestOf(found: readonly string[], mapping: Keys): readonly string[] {
  const [section = "", name] = mapping;
  const ours = found.filter((path) => !/kubelet\.|kubeProxy\./.test(path));
  const places = ours.length > 0 ? ours : found;
  const inside = places.filter((path) => path.startsWith(`${section}.NAME.`));
  if (name !== undefined && inside.length > 0) {
    return inside.map((path) => path.replace("NAME", String(name))).slice(0, 1);
  }
  const wide = places.filter((path) => !path.includes("NAME"));
  return wide.length > 0 ? wide.slice(0, 2) : places.slice(0, 2);
}

function partsOf(schema: z.core.$ZodType | undefined): [string, z.core.$ZodType][] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(inner.shape);
  }
  if (inner instanceof z.ZodUnion) {
    return (inner.options as z.core.$ZodType[]).flatMap((option) => partsOf(option));
  }
  return inner instanceof z.ZodRecord ? [["NAME", inner.valueType]] : [];
}

/** The schema's keys in the mapping at this place. */
function keysAt(mapping: Keys): string[] {
  let schema: z.core.$ZodType | undefined = clusterSchema;
  for (const key of mapping) {
    const parts = partsOf(schema);
    schema = (parts.find(([name]) => name === key) ?? parts.find(([name]) => name === "NAME"))?.[1];
  }
  return unwrap(schema) instanceof z.ZodRecord ? [] : partsOf(schema).map(([name]) => name);
}

/** Every path of the schema, at most four keys deep. */
function knownPaths(schema: z.core.$ZodType, depth = 4): string[] {
  return depth === 0
    ? []
    : partsOf(schema).flatMap(([name, part]) => [
        name,
        ...knownPaths(part, depth - 1).map((path) => `${name}.${path}`),
      ]);
}

const known = knownPaths(clusterSchema);
