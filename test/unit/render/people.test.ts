import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { personBinding, teamNamespace } from "../../../components/addons/personAccess.ts";
import {
  certificateIn,
  renderPerson,
  renderRequest,
} from "../../../components/people/renderPerson.ts";
import { renderCommand } from "../../../components/remote/script.ts";
import type { PersonPlan } from "../../../plan/people.ts";

const everywhere: PersonPlan = {
  name: "alice",
  group: "developers",
  role: "edit",
  validityHours: 720,
  renewalHours: 240,
};
const alice: PersonPlan = { ...everywhere, namespace: "team-a" };

describe("the step of a person", () => {
  test("its script", async () => {
    const { create, delete: undo } = renderPerson(alice);
    await expect(`${create}\n# --- delete ---\n${undo ?? ""}`).toMatchFileSnapshot(
      "__snapshots__/people/alice.sh",
    );
  });

  test("is one that bash can read", () => {
    const { name, create, delete: undo = "" } = renderPerson(alice);
    for (const body of [create, undo]) {
      const input = renderCommand("root", name, body);
      expect(execaSync("bash", ["-n"], { input, reject: false })).toMatchObject({ exitCode: 0 });
    }
  });

  test("what it asks for", async () => {
    const request = renderRequest(
      alice,
      "-----BEGIN CERTIFICATE REQUEST-----\n",
      "2026-01-01T00:00:00Z",
    );
    await expect(request).toMatchFileSnapshot("__snapshots__/people/request.yaml");
    const { spec } = parse(request) as { spec: { expirationSeconds: number; request: string } };
    expect(spec.expirationSeconds).toBe(720 * 3600);
    expect(Buffer.from(spec.request, "base64").toString()).toBe(
      "-----BEGIN CERTIFICATE REQUEST-----\n",
    );
  });

  test("another validity requests a new certificate under the same name", () => {
    const [one, two] = ["2026-01-01T00:00:00Z", "2026-01-21T00:00:00Z"].map((began) =>
      renderRequest(alice, "request", began),
    );
    expect(one).not.toBe(two);
    const nameOf = (text = "") => /name: .*/.exec(text)?.[0];
    expect(nameOf(one)).toBe("name: hardway-alice");
    expect(nameOf(two)).toBe(nameOf(one));
  });

  test("the certificate is found in whatever stands around it", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    const said = "waiting for an earlier run of this step to end\n";
    expect(certificateIn(`${said}${pem}`, alice)).toBe(`${pem}\n`);
    expect(() => certificateIn(said, alice)).toThrow(
      "the step of alice printed no certificate; replace alice-certificate",
    );
  });
});

describe("what a person may do", () => {
  test("a role in a namespace, or everywhere; of the user, not of the group", () => {
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" };
    const name = "hardway:person:alice";
    expect(personBinding(alice)).toEqual({
      metadata: { name, namespace: "team-a" },
      roleRef,
      subjects,
    });
    expect(personBinding(everywhere)).toEqual({ metadata: { name }, roleRef, subjects });
  });

  test("pods in a user's namespace cannot access their node", () => {
    expect(teamNamespace("team-a").metadata.labels).toEqual({
      "pod-security.kubernetes.io/enforce": "baseline",
    });
  });
});
