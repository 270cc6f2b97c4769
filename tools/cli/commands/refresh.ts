import { withStack } from "../../pulumi/stackRun.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab refresh` */
export const runCommand: Implementation["runCommand"] = (session, { rest }) =>
  withStack(session, "refresh", ["engine", "machines"], ({ engine }) => {
    const asks = !session.yes && process.stdin.isTTY;
    return engine.run(["refresh", ...(asks ? [] : ["--yes", "--skip-preview"]), ...rest], {
      asks,
    });
  });
