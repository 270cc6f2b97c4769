import { cacheDir } from "../../../base/paths.ts";
import { canAsk, type Session } from "../../../base/session.ts";
import { duration } from "../../../base/terminal.ts";
import { accessPaths, readOutputs, writeAccess } from "../../access/access.ts";
import { writeAccessSoFar } from "../../access/accessSoFar.ts";
import { nodeTable } from "../../access/nodeTable.ts";
import { smokeCheck } from "../../access/smoke.ts";
import { requireSound } from "../../check/checkLab.ts";
import {
  describeAcceleration,
  hasGuestsHere,
  probeAcceleration,
} from "../../place/acceleration.ts";
import { refuseInside } from "../../place/place.ts";
import { preflight } from "../../place/preflight.ts";
import { changesConfig } from "../../pulumi/engine.ts";
import { restartOneByOne, selectResources } from "../../pulumi/restarts.ts";
import { planStack } from "../../pulumi/stackPlan.ts";
import { type StackRun, withStack } from "../../pulumi/stackRun.ts";
import { exportState, resourcesIn } from "../../pulumi/stackState.ts";
import { baseImageFor } from "../../setup/baseImageFor.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab up` */
export const runCommand: Implementation["runCommand"] = async (session, { options, rest }) => {
  refuseInside(session, "up");
  const isWholeConfig = !changesConfig(rest);
  const isChecked = isWholeConfig && (await requireSound(session, "up"));
  return withStack(session, "up", ["engine", "machines", "nodes"], async (run) => {
    await tellWhere(session, run);
    // What needed parts that were not installed yet.
    if (isWholeConfig && !isChecked) await preflight(session, run);
    const started = Date.now();
    // The first `up` replaces nothing.
    const exists = resourcesIn(await exportState(run.engine)).length > 0;
    const asks = exists && canAsk(session, `Change the lab ${session.stack}?`);
    const flags = ["refresh", "diff"].filter((flag) => options[flag] === true);
    const args = ["up", ...(asks ? [] : ["--yes", "--skip-preview"])];
    const inTurn =
      !isWholeConfig || selectResources(rest) ? 0 : await restart(session, run, { args, asks });
    if (inTurn !== 0) return inTurn;
    const code = await run.engine.run([...args, ...flags.map((flag) => `--${flag}`), ...rest], {
      asks,
    });
    if (code !== 0) {
      await writeAccessSoFar(
        session,
        run.engine,
        async () => (await planStack(session.stack, run.engine)).plan,
      );
      return code;
    }
    const outputs = await readOutputs(run.engine, session.stack);
    await writeAccess(session.stack, outputs);
    const health = await smokeCheck(session, outputs.nodes, run.enter);
    session.terminal.say(nodeTable(outputs.nodes, health));
    tellHow(session, outputs.endpoint, Date.now() - started);
    return 0;
  });
};

async function tellWhere({ terminal, stack, signal }: Session, { config, place }: StackRun) {
  terminal.say(
    `lab ${stack}: ${config.lab.nodes.length} nodes; ${place.mode} libvirt: ${place.why}`,
  );
  if (!hasGuestsHere(config)) return;
  const image = await baseImageFor(cacheDir(), config);
  const found = await probeAcceleration({ cache: cacheDir(), image, signal });
  terminal.say(`lab ${stack}: ${describeAcceleration(found)}`);
}

async function restart(
  session: Session,
  run: StackRun,
  up: { readonly args: readonly string[]; readonly asks: boolean },
): Promise<number> {
  const { plan } = await planStack(session.stack, run.engine);
  return restartOneByOne(session, run, plan, up);
}

function tellHow({ terminal, stack }: Session, endpoint: string, took: number): void {
  const lab = stack === "dev" ? "./lab" : `./lab --stack ${stack}`;
  const { kubeconfig } = accessPaths(stack);
  terminal.say(
    [
      "",
      `${lab} is up in ${duration(took)}: ${endpoint}`,
      `  ${lab} kubectl get pods -A`,
      `  ${lab} ssh NODE, ${lab} console NODE, ${lab} status`,
      `  kubeconfig: ${kubeconfig}`,
    ].join("\n"),
  );
}
