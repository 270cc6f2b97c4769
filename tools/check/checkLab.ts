import { messageOf, UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { cacheDir } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { type ConfigProblem, pathText, problemAt } from "../../config/messages/problem.ts";
import { gatherSurroundings } from "../../config/resolve/gatherSurroundings.ts";
import { describeLab } from "../../config/resolve/labFrom.ts";
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
import { enterNothing, entrance, findPlace, type Place, placeOfLab } from "../place/place.ts";
import { findOnHypervisors } from "../place/preflight.ts";
import { openEngine } from "../pulumi/engine.ts";
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
 */
export async function checkLab(session: Session): Promise<Report> {
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
    const environment = await surroundingVariables(session, labConfig);
    const around = gatherSurroundings(stack, [], environment);
    const { lab, problems } = describeLab(config.raw, around);
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
      found.push(...(await checkWorld(session, { lab, raw: config.raw }, labConfig)));
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

/** The variables that pass on to the program what `lab` found out, as far as that is known. */
async function surroundingVariables(
  { signal }: Session,
  config: LabConfig | undefined,
): Promise<Readonly<Record<string, string | undefined>>> {
  if (config === undefined) return process.env;
  const cache = cacheDir();
  const image = await baseImageFor(cache, config);
  const known = hasGuestsHere(config)
    ? await knownAcceleration({ cache, image, signal })
    : undefined;
  return {
    ...process.env,
    ...(image === undefined ? {} : { HARDWAY_BASE_IMAGE: process.env.HARDWAY_BASE_IMAGE ?? image }),
    ...(known === undefined
      ? {}
      : { HARDWAY_DOMAIN_TYPE: process.env.HARDWAY_DOMAIN_TYPE ?? known.domainType }),
  };
}

/**
 * Checks what exists already: the cluster that the last `up` left, the hypervisors, and the pinned
 * programs, which validate the config that they would be started with.
 */
async function checkWorld(
  session: Session,
  { lab, raw }: { readonly lab: Lab; readonly raw: unknown },
  config: LabConfig,
): Promise<Found[]> {
  const { isNew, plan, ...cluster } = await checkCluster(session, lab, config);
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
  lab: Lab,
  config: LabConfig,
): Promise<Found & { readonly isNew: boolean; readonly plan?: ClusterPlan }> {
  const area = "living cluster";
  const { stack } = session;
  const planned = (record: ClusterRecord | undefined) => {
    const { problems: errors, notes, obstacle, plan } = planCluster(lab, record);
    const warnings = [...notes, ...(obstacle === undefined ? [] : [obstacle])];
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
    // Reads the state outside the lab.
    const engine = await openEngine(session, config, enterNothing);
    return planned(readRecord(await outputsBefore(engine), stack));
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
export async function requireSound(session: Session, command: string): Promise<boolean> {
  const report = await checkLab(session);
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
