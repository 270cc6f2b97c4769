import { describe, expect, test } from "vitest";
import { file, program, tool } from "../../../components/remote/component.ts";
import { restartedBy } from "../../../components/remote/renderComponent.ts";
import type { PlannedArtifact } from "../../../plan/clusterPlan.ts";

const artifact = (name: PlannedArtifact["name"]): PlannedArtifact => ({
  name,
  version: "v1.0.0",
  file: name,
  sha256: "0".repeat(64),
  urls: [],
});

describe("restartedBy", () => {
  test("names what the unit runs and reads, and no tool that came with it or beside it", () => {
    const installation = {
      about: "A server, and what users talk to it with.",
      files: [file("/etc/server.yaml", ""), file("/etc/client.yaml", "", { onChange: "nothing" })],
      programs: [
        program(artifact("etcd"), { etcd: "/bin/etcd" }, { etcdctl: "/bin/etcdctl" }),
        tool(artifact("runc"), { runc: "/bin/runc" }),
      ],
    };
    expect(restartedBy(installation)).toEqual(["/bin/etcd", "/etc/server.yaml"]);
  });
});
