import type { NodePlan } from "../../plan/clusterPlan.ts";
import { putFile } from "../remote/script.ts";

/** Of every service on the machine: systemd reads drop-ins of a whole type of unit, too (systemd.unit(5), since 244). */
export const timerSlackPath = "/etc/systemd/system/service.d/hardway-timer-slack.conf";

/**
 * How late a timer may be. Go's runtime asks for naps of 20 microseconds, many times a second, in each component. Waking up is
 * nearly free on a processor; where that is emulated, it costs as much as the work: control planes that had nothing to
 * do used a sixth less of the host with this.
 */
const slackMilliseconds = 10;

/** The services of an emulated machine wake up together, seldom; those of any other when they wish. */
export function timerSlack({ machine }: NodePlan): string {
  if (!("guest" in machine)) return "";
  if (machine.guest.domainType === "kvm") return `rm -f ${timerSlackPath}\n`;
  return putFile(
    timerSlackPath,
    `# This processor is emulated, and waking up costs as much as working. So timers wait for one another.
[Service]
TimerSlackNSec=${slackMilliseconds}ms
`,
  );
}
