import { once } from "node:events";
import { parseArgs } from "node:util";
import { messageOf, UserError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";
import { livingOwner, removeLeftovers } from "./ownership.ts";
import { startMachines } from "./startMachines.ts";

const usage = `node harness/machines/cli.ts up|down [--name NAME] [--count N]
  up    boots N container machines (m1, m2, …; 3 unless given) and keeps them until Ctrl-C or down
  down  ends the process that keeps them, and removes what ended ones left`;

async function up(name: string, count: number): Promise<void> {
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `m${index + 1}`,
    address: `10.77.0.${index + 11}`,
  }));
  const begun = performance.now();
  const lab = await startMachines({ name, nodes });
  process.stdout.write(`up after ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
  for (const machine of lab.machines) {
    const { address, privateKeyFile, user } = machine;
    const known = `-o UserKnownHostsFile=${lab.directory}/known_hosts`;
    const ssh = `ssh -i ${privateKeyFile} ${known} ${user}@${address}`;
    process.stdout.write(`${machine.name}: ${lab.enter.join(" ")} ${ssh}\n`);
  }
  // The signal listeners alone do not keep the process running.
  const keep = setInterval(() => undefined, 60_000);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  clearInterval(keep);
  await lab.stop();
}

async function down(name: string): Promise<void> {
  const owner = await livingOwner(name);
  if (owner !== undefined) {
    process.kill(owner, "SIGTERM");
    await poll(async () => ((await livingOwner(name)) === undefined ? true : undefined), {
      what: `process ${owner} to end`,
      withinMs: 30_000,
    });
  }
  await removeLeftovers();
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: "string", default: "manual" },
    count: { type: "string", default: "3" },
  },
});
try {
  if (positionals[0] === "up") await up(values.name, Number(values.count));
  else if (positionals[0] === "down") await down(values.name);
  else throw new UserError(usage);
} catch (error) {
  process.stderr.write(`${error instanceof UserError ? error.message : messageOf(error)}\n`);
  process.exitCode = 1;
}
