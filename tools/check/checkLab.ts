import { messageOf, UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { cacheDir } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { type ConfigProblem, pathText, problemAt } from "../../config/messages/problem.ts";
import { gatherSurroundings } from "../../config/resolve/gatherSurroundings.ts";
import { resolveLab } from "../../config/resolve/labFrom.ts";
import type { Lab } from "../../model/lab.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { planCluster } from "../../plan/planCluster.ts";
import { type ClusterRecord, readRecord } from "../../plan/record.ts";
import { labWarnings } from "../../plan/warnings.ts";
import { outputsBefore } from "../access/access.ts";
import { programProblems } from "../dryRun/programProblems.ts";
import { hasGuestsHere, knownAcceleration } from "../place/acceleration.ts";
import { problemsBeforeStart } from "../place/beforeStart.ts";
import { labProcesses } from "../place/isolatedLab.ts";
import { mirrorWarnings } from "../place/mirrorHere.ts";
import { entrance, findPlace, type Place, placeOfLab } from "../place/place.ts";
import { findOnHypervisors } from "../place/preflight.ts";
import { stateReader } from "../pulumi/engine.ts";
import { type LabConfig, readLabConfig } from "../pulumi/labConfig.ts";
import { neverMade } from "../pulumi/neverMade.ts";
import { requirePassphrase } from "../pulumi/passphrase.ts";
import { baseImageFor } from "../setup/baseImageFor.ts";
import { hasPulumi } from "../setup/pulumiCli.ts";
import { readConfig } from "./readConfig.ts";
import {
  type Area,
  type Finding,
  findingOf,
  type NotChecked,
  type Report,
  renderReport,
  sorted,
  summary,
} from "./report.ts";

/** What one part of the check found. */
interface Found {
  readonly area: Area;
  readonly errors?: readonly ConfigProblem[];
  readonly warnings?: readonly ConfigProblem[];
  readonly notChecked?: readonly NotChecked[];
}

/**
 * Checks the config, this workstation, the hypervisors and the living cluster, as far as that is
 * possible without installing, starting or changing anything.
 *
 * @param command a preview shows what it can although the `up` would fail
 */
export async function checkLab(
  session: Session,
  command: "up" | "preview" = "up",
): Promise<Report> {
  const { stack } = session;
  const config = await readConfig(stack);
  const workstation = await checkWorkstation();
  const found: Found[] = [
    { area: "config", errors: config.problems, notChecked: config.notChecked },
    workstation,
  ];
  if ("raw" in config) {
    // With encrypted values the config may be incomplete, and so may what follows from it.
    const labConfig = await readLabConfig(stack).catch(() => undefined);
    const acceleration = await knownHere(session, labConfig);
    const environment = await surroundingVariables(labConfig, acceleration);
    const around = gatherSurroundings(stack, [], environment);
    const { lab, problems } = resolveLab(config.raw, around);
    const known = problems.filter(({ path }) => !config.isUncertain(path));
    const [later, now] = partition(known, ({ fixedBySetup }) => fixedBySetup === true);
    const why = "not downloaded yet; `./lab up` does this first";
    found.push({
      area: "config",
      errors: now,
      warnings: lab === undefined ? [] : labWarnings(lab),
      notChecked: later.map(({ path }) => ({ what: path, why })),
    });
    if (lab !== undefined && labConfig !== undefined) {
      const described = { lab, raw: config.raw, command };
      const world = await checkWorld(session, described, labConfig);
      found.push(...(acceleration === "unknown" ? world.map(withoutDomainType) : world));
    } else {
      const waits = "the config must be valid first";
      const programs = [{ what: "settings of programs", why: waits }];
      found.push({ area: "config", notChecked: programs });
      found.push({ area: "hypervisors", notChecked: [{ what: "hypervisors", why: waits }] });
      found.push({ area: "living cluster", notChecked: [{ what: "living cluster", why: waits }] });
    }
  }
  const findings = (pick: (part: Found) => readonly ConfigProblem[] | undefined): Finding[] =>
    sorted(
      found.flatMap((part) =>
        (pick(part) ?? []).map((problem) => findingOf(part.area, problem, config.source)),
      ),
    );
  return {
    stack,
    file: config.source.name,
    errors: findings(({ errors }) => errors),
    warnings: findings(({ warnings }) => warnings),
    notChecked: found.flatMap(({ notChecked = [] }) => notChecked),
  };
}

async function checkWorkstation(): Promise<Found> {
  try {
    await requirePassphrase();
    return { area: "workstation" };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { area: "workstation", errors: [{ path: "passphrase", message: error.message }] };
  }
}

type KnownAcceleration = Awaited<ReturnType<typeof knownAcceleration>> | "unknown";

/** Whether guests use KVM here, unless that takes a guest's boot; undefined without guests. */
async function knownHere(
  { signal }: Session,
  config: LabConfig | undefined,
): Promise<KnownAcceleration> {
  if (config === undefined || !hasGuestsHere(config)) return undefined;
  const cache = cacheDir();
  const image = await baseImageFor(cache, config);
  return (await knownAcceleration({ cache, image, signal })) ?? "unknown";
}

/** The variables that pass on to the program what `lab` found out, as far as that is known. */
async function surroundingVariables(
  config: LabConfig | undefined,
  known: KnownAcceleration,
): Promise<Readonly<Record<string, string | undefined>>> {
  if (config === undefined) return process.env;
  const image = await baseImageFor(cacheDir(), config);
  return {
    ...process.env,
    ...(image === undefined ? {} : { HARDWAY_BASE_IMAGE: process.env.HARDWAY_BASE_IMAGE ?? image }),
    ...(known === undefined || known === "unknown"
      ? {}
      : { HARDWAY_DOMAIN_TYPE: process.env.HARDWAY_DOMAIN_TYPE ?? known.domainType }),
  };
}

/** Before a guest has booted with KVM here, what depends on the domain type is not known. */
function withoutDomainType(found: Found): Found {
  const isAbout = ({ path }: ConfigProblem) => path.endsWith("domainType");
  const { errors = [], warnings = [], notChecked = [] } = found;
  if (![...errors, ...warnings].some(isAbout)) return found;
  const why = "whether a guest boots with KVM; `./lab up` finds out";
  return {
    ...found,
    errors: errors.filter((one) => !isAbout(one)),
    warnings: warnings.filter((one) => !isAbout(one)),
    notChecked: [...notChecked, { what: "machines.domainType", why }],
  };
}

interface CheckedLab {
  readonly lab: Lab;
  readonly raw: unknown;
  readonly command: "up" | "preview";
}

/**
 * Checks what exists already: the cluster that the last `up` left, the hypervisors, and the pinned
 * programs, which validate the config that they would be started with.
 */
async function checkWorld(
  session: Session,
  { lab, raw, command }: CheckedLab,
  config: LabConfig,
): Promise<Found[]> {
  const { isNew, plan, ...cluster } = await checkCluster(session, { lab, command });
  const described = { lab, raw, plan: plan ?? planCluster(lab, undefined).plan };
  const { problems, notChecked } = await programProblems(described, {
    cache: cacheDir(),
    signal: session.signal,
  });
  return [
    { area: "config", errors: problems, notChecked },
    cluster,
    await checkHypervisors(session, lab, config, isNew),
  ];
}

async function checkHypervisors(
  session: Session,
  lab: Lab,
  config: LabConfig,
  isNew: boolean,
): Promise<Found> {
  const area = "hypervisors";
  if (!config.makesMachines) return { area, warnings: [...mirrorWarnings(lab, "elsewhere")] };
  const { stack } = session;
  let place: Place;
  try {
    place = isNew
      ? await findPlace(stack, config, () => Promise.resolve(false))
      : await placeOfLab(stack, config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { area, errors: [libvirtProblem(lab, error)] };
  }
  const mirror = [...mirrorWarnings(lab, place.mode)];
  if (place.mode === "isolated" && (await labProcesses(stack)).length === 0) {
    const why = "the lab's own libvirt does not run; `./lab up` starts it";
    const errors = isNew ? await problemsBeforeStart(stack, lab) : [];
    return { area, errors, warnings: mirror, notChecked: [{ what: "hypervisors", why }] };
  }
  const { errors, warnings } = await findOnHypervisors(session, lab, entrance(stack, place));
  return { area, errors, warnings: [...mirror, ...warnings] };
}

/** A lab that has no place to be, at the setting that decides it. */
function libvirtProblem({ network }: Lab, { message }: UserError): ConfigProblem {
  const keys = network.bridge === undefined ? ["machines", "libvirt"] : ["network", "bridge"];
  return problemAt(keys, message.replace(`${pathText(keys)}: `, ""));
}

/** @returns isNew whether no `up` has completed */
async function checkCluster(
  session: Session,
  { lab, command }: Pick<CheckedLab, "lab" | "command">,
): Promise<Found & { readonly isNew: boolean; readonly plan?: ClusterPlan }> {
  const area = "living cluster";
  const { stack } = session;
  const planned = (record: ClusterRecord | undefined) => {
    const { problems, notes, obstacle, plan } = planCluster(lab, record);
    const obstacles = obstacle === undefined ? [] : [obstacle];
    const errors = command === "up" ? [...problems, ...obstacles] : problems;
    const warnings = command === "up" ? notes : [...notes, ...obstacles];
    return { area, errors, warnings, plan, isNew: record === undefined } as const;
  };
  const unknown = (why: string) => {
    return { area, notChecked: [{ what: "living cluster", why }], isNew: false } as const;
  };
  if (await neverMade(stack)) return planned(undefined);
  if (!(await hasPulumi(cacheDir()))) {
    return unknown("Pulumi, which reads the state, is not installed; `./lab setup` installs it");
  }
  try {
    return planned(readRecord(await outputsBefore(await stateReader(session)), stack));
  } catch (error) {
    return unknown(messageOf(error));
  }
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/**
 * The check before a command that changes or previews a lab.
 *
 * @returns whether everything could be checked
 * @throws UserError with the whole report if there are errors
 */
export async function requireSound(session: Session, command: "up" | "preview"): Promise<boolean> {
  const report = await checkLab(session, command);
  const { errors, warnings, notChecked, file, stack } = report;
  if (errors.length > 0) {
    throw new UserError(`${command}: nothing was changed.\n${renderReport(report).trimEnd()}`);
  }
  if (warnings.length > 0) {
    const shows = `\`${labCommand(stack, "check")}\` shows them`;
    session.terminal.say(`${file}: ${summary(report)}; ${shows}`);
  }
  return notChecked.length === 0;
}
