import type { GuestPlan } from "../../plan/clusterPlan.ts";
import { type ComponentFile, file } from "../remote/component.ts";

/** For every service: systemd reads drop-ins of a whole unit type (systemd.unit(5), since 244). */
export const timerSlackPath = "/etc/systemd/system/service.d/hardway-timer-slack.conf";

/**
 * How late a timer may fire. Go's runtime sleeps for 20 microseconds, many times a second, in each
 * component. A wake-up is nearly free on a processor; under emulation it costs as much as the work:
 * idle control planes used a sixth less of the hypervisor with this.
 */
const slackMilliseconds = 10;

/** The services of an emulated guest wake up together; those of any other guest at once. */
export function timerSlackFiles(machine: GuestPlan): ComponentFile<never>[] {
  if (machine.domainType === "kvm") return [];
  return [
    file(
      timerSlackPath,
      `# This processor is emulated, and a wake-up costs as much as work. So timers are grouped.
[Service]
TimerSlackNSec=${slackMilliseconds}ms
`,
      { onChange: "nothing" },
    ),
  ];
}
