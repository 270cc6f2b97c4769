import { handOver } from "../../../base/handOver.ts";
import { accessPaths } from "../../access/access.ts";
import { insideVariable } from "../../place/place.ts";
import { withStack } from "../../pulumi/stackRun.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab shell` */
export const runCommand: Implementation["runCommand"] = async (session, { rest }) => {
  const { stack, terminal } = session;
  // Holds the lab's lock only while it prepares the shell, in which the user may run pulumi.
  const { argv, env } = await withStack(
    session,
    "shell",
    ["engine", "machines", "nodes"],
    async (run) => {
      const inner = rest.length > 0 ? rest : [process.env.SHELL ?? "sh"];
      const inside = run.place.mode === "isolated" ? { [insideVariable]: stack } : {};
      const { kubeconfig } = accessPaths(stack);
      const [{ uri } = { uri: undefined }, ...others] = run.config.hypervisors;
      const variables = {
        KUBECONFIG: kubeconfig,
        // With several hypervisors, the user must choose one.
        ...(uri === undefined || others.length > 0 ? {} : { LIBVIRT_DEFAULT_URI: uri }),
      };
      return {
        argv: await run.enter(inner),
        env: { ...run.engine.env, ...variables, ...inside },
      };
    },
  );
  if (rest.length === 0) terminal.say(`a shell for the lab ${stack}; exit ends it`);
  return handOver(argv, terminal, env);
};
