import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { companyAuthority } from "../../../harness/program/certificates.ts";
import { devCluster, haCluster, labOf, runtimesCluster } from "../../../harness/program/labs.ts";
import { type NodeStep, nodeSteps } from "../../../harness/program/nodeSteps.ts";
import { runProgram } from "../../../harness/program/runProgram.ts";
import { parseArguments } from "../../../tools/cli/parse.ts";
import { createProgram } from "../../../tools/cli/program.ts";
import { pages, root } from "./allPages.ts";
import { anchors, codeSpans, fencedLines, localLinks, shellWords, tableRows } from "./markdown.ts";

/** Compares the pages' claims about nodes with the program's files. */

/** Paths that no step writes, and their owners. */
const given: Readonly<Record<string, string>> = {
  "/agnhost": "in a container",
  "/etc/crio/crio.conf.d/99-wrong.conf": "the reader's, for a moment",
  "/etc/resolv.conf": "every machine's, and every pod's",
  "/etc/ssh/ssh_host_ed25519_key.pub": "an existing host's",
  "/etc/ssh/ssh_known_hosts": "of the machine where ./lab runs",
  "/dev/kvm": "a device of the hypervisor",
  "/dev/shm": "of the machine where ./lab runs",
  "/registry": "a key in etcd",
  "/v2": "in a mirror's URL",
  "/run/containerd": "containerd makes it",
  "/var/lib/cni/networks/hardway": "the CNI plugin host-local makes it",
  "/var/lib/etcd/member": "etcd makes it",
  "/var/lib/hardway/system": "the step system's own records",
  "/var/lib/kubelet/pods": "the kubelet makes it",
  "/var/lib/libvirt/hardway": "of the machine that makes guests",
  "/var/run/libvirt/libvirt-sock": "of the machine that makes guests",
  "/var/lib/libvirt/hardway/dev": "of the machine that makes guests",
};

/** Options of programs other than the components and `./lab`. */
const othersOptions: Readonly<Record<string, string>> = {
  "--permanent": "firewall-cmd",
  "--target": "pulumi up",
  "--write": "bench/run.ts",
};

let steps: NodeStep[];
/** Everything that is sent to nodes. */
let sent: string;

beforeAll(async () => {
  const people = { alice: { group: "developers", namespace: "team-a", role: "edit" } };
  const clusters = [
    { ...devCluster, people },
    { ...devCluster, network: { plugin: "flannel" } },
    haCluster,
    runtimesCluster,
    {
      ...devCluster,
      machines: { etcdDiskGiB: 8 },
      timeZone: "Europe/Berlin",
      users: { ada: { sudo: true } },
      files: { "/etc/motd": { content: "Welcome" } },
    },
    {
      ...devCluster,
      outside: {
        authorities: [companyAuthority],
        registries: { "docker.io": ["https://registry.example.org"] },
      },
    },
  ];
  const runs = await Promise.all(clusters.map((cluster) => runProgram({ cluster })));
  steps = runs.flatMap(nodeSteps);
  const texts = steps.flatMap((step) => [
    step.script,
    step.delete,
    ...step.files.map(({ path, text }) => `${path}\n${text}`),
  ]);
  const library = readFileSync(join(root, "components/remote/step.sh"), "utf8");
  sent = [library, ...texts].join("\n");
});

/** Every code span of these pages that `find` recognizes, with its page. */
function found<T>(find: (span: string) => T | undefined): { file: string; span: string; it: T }[] {
  return pages.flatMap(({ file, text }) =>
    codeSpans(text).flatMap((span) => {
      const it = find(span);
      return it === undefined ? [] : [{ file, span, it }];
    }),
  );
}

const wrong = <T extends { file: string; span: string }>(
  all: readonly T[],
  isRight: (one: T) => boolean,
): string[] => all.filter((one) => !isRight(one)).map(({ file, span }) => `${file}: ${span}`);

describe("code spans are correct", { meta: { rows: ["S2-21", "S2-22"] } }, () => {
  test("paths are on nodes", () => {
    // Up to the first placeholder.
    const paths = found((span) => /^\/(?!proc\/)[\w./@+-]*/.exec(span)?.[0]).map((one) => ({
      ...one,
      it: one.it.replace(/(\/[^/]*[A-Z]{2}.*)?\/?$/, ""),
    }));
    expect(paths.length).toBeGreaterThan(80);
    expect(
      wrong(paths, ({ it }) => it in given || it.startsWith("/registry/") || isSent(it)),
    ).toEqual([]);
  });

  test("paths in commands are on nodes", () => {
    const paths = pages.flatMap(({ file, text }) =>
      fencedLines(text, "sh").flatMap((line) =>
        [...line.matchAll(/(?<![\w:.$~])\/(?:etc|opt|usr|var)\/[\w./@+-]*[\w]/g)].map(([it]) => ({
          file,
          span: line,
          it,
        })),
      ),
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(wrong(paths, ({ it }) => it in given || isSent(it))).toEqual([]);
  });

  test("flags are a component's with this value, or an option of ./lab", () => {
    const flags = found((span) => /^--[a-z][a-z0-9-]*(=\S*|\*)?$/.exec(span)?.[0]);
    const options = labOptions();
    expect(flags.length).toBeGreaterThan(40);
    expect(
      wrong(flags, ({ it }) =>
        it.endsWith("*")
          ? sent.includes(` ${it.slice(0, -1)}`)
          : new RegExp(` ${escaped(it)}${it.includes("=") ? "" : "="}?(\\s|$)`, "m").test(sent) ||
            sent.includes(` ${it}=`) ||
            options.has(it) ||
            it in othersOptions,
      ),
    ).toEqual([]);
  });

  test("settings are in a file with this value", () => {
    const settings = found((span) => /^[A-Za-z][\w.-]+ ?= ?\S+$/.exec(span)?.[0]);
    expect(settings.length).toBeGreaterThan(8);
    expect(wrong(settings, ({ it }) => sent.includes(it))).toEqual([]);
  });

  test("units are the program's", () => {
    const units = found((span) => /^[\w-]+\.service$/.exec(span)?.[0]);
    expect(wrong(units, ({ it }) => sent.includes(`/etc/systemd/system/${it}`))).toEqual([]);
  });
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** True for a path that is sent, and for its parent directories. */
const isSent = (path: string): boolean =>
  new RegExp(`${escaped(path)}(/|[^\\w.-]|$)`, "m").test(sent);

function labOptions(): Set<string> {
  const program = createProgram();
  const options = [program, ...program.commands].flatMap((command) =>
    command.createHelp().visibleOptions(command),
  );
  return new Set(options.flatMap(({ long }) => long ?? []));
}

describe("tables of what is installed", () => {
  const rows = pages.flatMap(({ file, text }) =>
    tableRows(text)
      .filter(({ header }) => header[0] === "path" && header[1] === "mode")
      .map(({ cells: [path = "", mode = ""] }) => ({ file, path, mode })),
  );

  test("modes and owners are those that the program gives", () => {
    const files = new Map(steps.flatMap((step) => step.files.map((one) => [one.path, one])));
    const links = new Set(steps.flatMap((step) => [...step.links.keys()]));
    const faults: string[] = [];
    for (const { file, path, mode } of rows) {
      const paths = codeSpans(path).filter((one) => !/[A-Z…]{2}|…/.test(one));
      const modes = [...mode.matchAll(/\b(\d{3}|link)\b/g)].map(([, one = ""]) => one);
      const owner = codeSpans(mode)[0] ?? "root";
      for (const [index, one] of paths.entries()) {
        const wanted = modes[index] ?? modes.at(-1) ?? "";
        const placed = files.get(one);
        const isSo =
          wanted === "link"
            ? links.has(one)
            : placed === undefined
              ? isMade(one, wanted)
              : placed.mode === wanted && placed.owner === `${owner}:${owner}`;
        if (!isSo) faults.push(`${file}: ${one} ${mode}`);
      }
    }
    expect(rows.length).toBeGreaterThan(45);
    expect(faults).toEqual([]);
  });

  /** Directories that a step creates with a mode, and the directory of the shell functions. */
  const isMade = (path: string, mode: string): boolean =>
    path === "/opt/hardway/step.sh" ||
    new RegExp(`^(mkdir -p -m|install --directory --mode) ${mode} .*${escaped(path)}$`, "m").test(
      sent,
    );

  test.for([
    ["docs/kubelet.md", "/var/lib/kubelet/config.yaml"],
    ["docs/kube-proxy.md", "/var/lib/kube-proxy/config.yaml"],
  ] as const)("%s: settings are those of %s", ([file, path]) => {
    const config = parse(
      steps.flatMap((step) => step.files).find((one) => one.path === path)?.text ?? "",
    ) as Record<string, unknown>;
    const text = pages.find((page) => page.file === file)?.text ?? "";
    const settings = tableRows(text)
      .filter(({ header }) => header[0] === "setting")
      .flatMap(({ cells }) => codeSpans(cells[0] ?? ""));
    expect(settings.length).toBeGreaterThan(4);
    for (const setting of settings) {
      const [keys = "", value] = setting.split(/: (.*)/);
      const set = keys
        .split(".")
        .reduce<unknown>(
          (inner, key) => (inner as Record<string, unknown> | undefined)?.[key],
          config,
        );
      expect({ setting, set: value === undefined ? set !== undefined : String(set) }).toEqual({
        setting,
        set: value ?? true,
      });
    }
  });
});

describe("commands", () => {
  const lines = pages.flatMap(({ file, text }) =>
    [...fencedLines(text, "sh"), ...codeSpans(text)]
      .map((line) => line.trim())
      .filter((line) => line.startsWith("./lab "))
      .map((line) => ({ file, line })),
  );

  test("every ./lab command is one, with the options that it has", {
    meta: { rows: ["S2-05", "S2-06", "S2-13"] },
  }, () => {
    const faults: string[] = [];
    for (const { file, line } of lines) {
      const argv = shellWords(line).slice(1);
      // Placeholders, and commands that print a help text.
      if (/^[A-Z]+$/.test(argv[0] ?? "") || argv.includes("--help")) continue;
      try {
        parseArguments(argv);
      } catch (error) {
        faults.push(`${file}: ${line}: ${(error as Error).message}`);
      }
    }
    expect(lines.length).toBeGreaterThan(100);
    expect(faults).toEqual([]);
  });

  test("nodes are those of the stack's config", () => {
    const named = lines.flatMap(({ file, line }) => {
      const [, stack = "dev", node] =
        /^\.\/lab (?:--stack (\S+) )?(?:ssh|console) ([\w-]+)/.exec(line) ?? [];
      return node === undefined || node === "NODE"
        ? []
        : [{ file, span: line, it: { stack, node } }];
    });
    expect(named.length).toBeGreaterThan(60);
    expect(wrong(named, ({ it: { stack, node } }) => nodesOf(stack).includes(node))).toEqual([]);
  });
});

function nodesOf(stack: string): string[] {
  const file = join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return [];
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return labOf(config["hardway:cluster"], basename(file)).nodes.map(({ name }) => name);
}

describe("links", () => {
  test.for(pages)("$file leads somewhere", ({ file, text }) => {
    const broken = localLinks(text).filter((target) => {
      const [path = "", anchor] = target.split("#");
      const to = path === "" ? join(root, file) : join(root, dirname(file), path);
      if (!existsSync(to)) return true;
      return anchor !== undefined && !anchors(readFileSync(to, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test.for(["docs", "docs/labs"])("every page of %s is in its index", (directory) => {
    const index = pages.find(({ file }) => file === `${directory}/README.md`)?.text ?? "";
    const own = pages.filter(({ file }) => dirname(file) === directory);
    const others = own.map(({ file }) => basename(file)).filter((name) => name !== "README.md");
    expect(others.length).toBeGreaterThan(4);
    expect(others.filter((name) => !localLinks(index).includes(name))).toEqual([]);
  });

  test("another page leads to every page", () => {
    const linked = pages.flatMap(({ file, text }) =>
      localLinks(text)
        .map((target) => join(dirname(file), target.replace(/#.*/, "")))
        .filter((target) => target !== file),
    );
    const orphans = pages.map(({ file }) => file).filter((file) => !linked.includes(file));
    expect(orphans.filter((file) => file !== "README.md")).toEqual([]);
  });

  test("files of the repository that a page names are there", () => {
    const named = found(
      (span) =>
        /^(components|config|tools|toolchain|test|docs|cloudinit)\/[\w./-]+$/.exec(span)?.[0],
    );
    expect(wrong(named, ({ it }) => existsSync(join(root, it)))).toEqual([]);
  });
});
