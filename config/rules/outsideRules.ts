import { quote } from "../../base/wording.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import { artifactChoices } from "../resolve/labArtifacts.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";

/** The first part of an image's name: a name with a dot or a port. */
const registryName = /^(?=.*[.:]|localhost$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/;

/** Host names that mean Docker Hub. */
const dockerHub = ["index.docker.io", "registry-1.docker.io", "hub.docker.com"];

/** Every broken rule about `outside`: unused registries, and `direct` entries without a proxy. */
export function outsideRules(config: Draft<ClusterConfig>): ConfigProblem[] {
  const { outside = {} } = config;
  const { direct = [], registries = {} } = outside;
  const hasCrio = artifactChoices(config).runtimes.includes("cri-o");
  const names = Object.entries(registries).flatMap(([name, mirrors = []]) => {
    const fault = registryFault(name);
    return [
      ...(fault === undefined ? [] : [problemAt(["outside", "registries", name], fault)]),
      ...mirrors.flatMap(({ path }, index) =>
        hasCrio && path !== "" && !path.startsWith("/v2/")
          ? [
              problemAt(
                ["outside", "registries", name, index],
                "CRI-O supports only mirrors whose path begins with /v2/; write a URL like https://registry.example.org/v2/docker-hub",
              ),
            ]
          : [],
      ),
    ];
  });
  return "proxy" in outside || direct.length === 0
    ? names
    : [
        ...names,
        problemAt(["outside", "direct"], "has no effect without outside.proxy; remove it"),
      ];
}

const isRegistry = (name: string): boolean =>
  registryName.test(name) && URL.canParse(`https://${name}`);

function registryFault(name: string): string | undefined {
  if (dockerHub.includes(name)) {
    return `the names of Docker Hub images begin with docker.io, not ${name}; write docker.io`;
  }
  if (name === "*" || isRegistry(name)) {
    return undefined;
  }
  const bare = name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  const remedy = isRegistry(bare) ? `; write ${bare}` : "";
  return `expected a registry as in images' names, like docker.io, got ${quote(name)}${remedy}`;
}
