import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { AuthorityName } from "../pki/authorities.ts";
import {
  type ComponentFile,
  type Directory,
  type Installation,
  type NodeComponent,
  type Requirement,
  stepName,
  type UnitDeclaration,
} from "./component.ts";
import { provide } from "./provide.ts";
import { putFile, type StepScript } from "./script.ts";

/** Each version of an artefact is unpacked in its own directory here. */
const binaries = "/opt/hardway/bin";

/** The script that installs a component on one of its nodes, and the one that removes it. */
export function renderComponent<Target extends { readonly name: string }, S extends AuthorityName>(
  component: NodeComponent<Target, S, string>,
  plan: ClusterPlan,
  node: Target,
): StepScript {
  const scope = { plan, node };
  return renderInstallation(stepName(component, scope), component.install(scope));
}

export function renderInstallation<S extends AuthorityName>(
  name: string,
  installation: Installation<S>,
): StepScript {
  return { name, create: renderCreate(installation), delete: renderDelete(installation) };
}

function renderCreate<S extends AuthorityName>(installation: Installation<S>): string {
  const { about, requires = [], user, prepare = "", directories = [], files } = installation;
  const { programs = [], unit } = installation;
  const groups = [
    [
      comment(about),
      ...requires.map(renderRequirement),
      user === undefined ? "" : createUser(user),
      prepare,
      ...directories.map(renderDirectory),
      files.some((one) => "credential" in one) ? "put_secrets\n" : "",
    ],
    programs.map(({ artifact, run, tools }) => provide(artifact, { ...run, ...tools })),
    files.map(renderFile),
    unit === undefined ? [] : [renderUnitStart(unit, restartedBy(installation))],
  ];
  return groups
    .map((lines) => lines.join(""))
    .filter((text) => text !== "")
    .join("\n");
}

const comment = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `# ${line}\n`)
    .join("");

const renderRequirement = ({ because, test, otherwise }: Requirement): string =>
  `${because === undefined ? "" : comment(because)}${test} || fail "${otherwise}"\n`;

const createUser = ({ name, home }: { readonly name: string; readonly home: string }): string =>
  `getent passwd ${name} >/dev/null || useradd --system --user-group --home-dir ${home} --no-create-home --shell /usr/sbin/nologin ${name}\n`;

function renderDirectory({ path, mode, owner = "root:root" }: Directory): string {
  const [user = "", group = ""] = owner.split(":");
  return `install --directory --mode ${mode} --owner ${user} --group ${group} ${path}\n`;
}

/** The lines for a file; a credential has none, since `put_secrets` places it. */
function renderFile<S extends AuthorityName>(one: ComponentFile<S>): string {
  if ("credential" in one) return "";
  const { path, mode, owner, before = "", apply = "" } = one;
  const above = one.comment === undefined ? "" : comment(one.comment);
  return `${before}${above}${"lines" in one ? one.lines : putFile(path, one.text, mode, owner)}${apply}`;
}

function renderUnitStart(unit: UnitDeclaration, watched: readonly string[]): string {
  const { name, functions = "", healthy, turn, reload = false, withinSeconds } = unit;
  const taking =
    turn === undefined ? "" : `turn=${turn.lock}\nothers_well() { ${turn.othersAreHealthy}; }\n`;
  const converge = ["converge", name, withinSeconds, "healthy", ...watched].join(" ");
  return [
    putFile(`/etc/systemd/system/${name}`, unit.text, unit.mode ?? "600"),
    functions,
    `healthy() { ${healthy}; }\n`,
    taking,
    `${reload ? "reload=yes " : ""}${converge}\n`,
  ].join("");
}

/** The paths whose change restarts (or reloads) the unit, besides the unit file itself. */
export function restartedBy<S extends AuthorityName>({
  programs = [],
  files,
}: Installation<S>): string[] {
  return [
    ...programs.flatMap(({ run }) => Object.values(run)),
    ...files.filter(({ onChange }) => onChange === "restart").map(({ path }) => path),
  ];
}

function renderDelete<S extends AuthorityName>(installation: Installation<S>): string {
  const { unit, onRemove = "" } = installation;
  const removeUnit = unit === undefined ? "" : `remove_unit ${unit.name}\n`;
  return `${removeUnit}${onRemove}rm -rf ${ownedPaths(installation).join(" \\\n  ")}\n`;
}

/** Everything that is removed with the component: its files that nothing else on the node needs. */
export function ownedPaths<S extends AuthorityName>({
  programs = [],
  files,
  leaves = [],
}: Installation<S>): string[] {
  const paths = [
    ...programs.flatMap(({ artifact, run, tools }) => [
      ...Object.values({ ...run, ...tools }),
      `${binaries}/${artifact.name}`,
    ]),
    ...files.filter(({ isShared }) => !isShared).map(({ path }) => path),
    ...leaves,
  ];
  // Removing a directory removes its content.
  return [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}
