import { withStack } from "../../pulumi/stackRun.ts";
import type { Command } from "./command.ts";

/** `lab refresh` */
export const command: Command = {
  usage: "refresh [options] [-- PULUMI-OPTIONS]",
  help: `Looks at what is really there and writes it into the state, so that the next \`./lab up\` mends what differs
from the config. \`./lab up --refresh\` does both.`,
  takesRest: true,
  log: "lab",
  run: (session, { rest }) =>
    withStack(session, "refresh", ["engine", "machines"], ({ engine }) => {
      const asks = !session.yes && process.stdin.isTTY;
      return engine.run(["refresh", ...(asks ? [] : ["--yes", "--skip-preview"]), ...rest], {
        asks,
      });
    }),
};
