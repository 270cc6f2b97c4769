import { accessPaths, readOutputs, writeAccess, writePrivate } from "../../access/access.ts";
import { mergeKubeconfig } from "../../access/mergeKubeconfig.ts";
import {
  certificateEnd,
  describeEnd,
  personKubeconfig,
  personKubeconfigPath,
} from "../../access/personAccess.ts";
import { enterNothing } from "../../place/place.ts";
import { openEngine } from "../../pulumi/engine.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Command } from "./command.ts";

/** `lab kubeconfig` */
export const command: Command = {
  usage: "kubeconfig [NAME] [options]",
  help: `Writes a kubeconfig (0600) from the stack's outputs and prints its path: the admin's, and what ssh needs again,
or that of NAME, one of \`people\` in the config. Use it where the files were lost, or after a plain \`pulumi up\`.
With --merge it also puts the entries into the file of your own kubectl (KUBECONFIG, else ~/.kube/config); entries
of other names and the current context stay, and one of the same name that is not the lab's is refused.`,
  options: {
    merge: { type: "boolean", help: "also put it into your own kubectl's file" },
  },
  words: [0, 1],
  wordsAre: "at most one NAME",
  run: async (session, { options, positionals: [person] }) => {
    const { stack, terminal } = session;
    const config = await readLabConfig(stack);
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
      terminal.say(`${person}'s certificate: ${describeEnd(certificateEnd(text))}`);
    }
    if (options.merge === true) {
      const file = await mergeKubeconfig(text, stack);
      const context = person === undefined ? stack : `${person}@${stack}`;
      terminal.say(`${file} has it now: kubectl --context ${context} …`);
    }
    process.stdout.write(`${path}\n`);
    return 0;
  },
};
