import { canAsk } from "../../../base/session.ts";
import { withStack } from "../../pulumi/stackRun.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab refresh` */
export const runCommand: Implementation["runCommand"] = (session, { rest }) =>
  withStack(session, "refresh", ["engine", "machines"], ({ engine }) => {
    const asks = canAsk(session, `Refresh the state of the lab ${session.stack}?`);
    return engine.run(["refresh", ...(asks ? [] : ["--yes", "--skip-preview"]), ...rest], {
      asks,
    });
  });
