import { accessPaths, readOutputs, writeAccess, writePrivate } from "../../access/access.ts";
import { mergeKubeconfig } from "../../access/mergeKubeconfig.ts";
import {
  certificateEnd,
  describeEnd,
  personKubeconfig,
  personKubeconfigPath,
} from "../../access/userAccess.ts";
import { enterNothing } from "../../place/place.ts";
import { openEngine } from "../../pulumi/engine.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { requireStack } from "../../pulumi/neverMade.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab kubeconfig` */
export const runCommand: Implementation["runCommand"] = async (
  session,
  { options, positionals: [person] },
) => {
  const { stack, terminal } = session;
  const config = await readLabConfig(stack);
  await requireStack(stack);
  await ensureSetup(session, ["engine"], { ...config, makesMachines: false });
  const engine = await openEngine(session, config, enterNothing);
  const outputs = await readOutputs(engine, stack);
  let path = accessPaths(stack).kubeconfig;
  let text = outputs.kubeconfig;
  if (person === undefined) {
    await writeAccess(stack, outputs);
  } else {
    text = personKubeconfig(outputs, stack, person);
    path = personKubeconfigPath(stack, person);
    await writePrivate(path, text);
    terminal.say(`${person}'s certificate: ${describeEnd(certificateEnd(text), stack)}`);
  }
  if (options.merge === true) {
    const file = await mergeKubeconfig(text, stack);
    const context = person === undefined ? stack : `${person}@${stack}`;
    terminal.say(`merged into ${file}: kubectl --context ${context} …`);
  }
  process.stdout.write(`${path}\n`);
  return 0;
};
