import { expect, test } from "vitest";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { describeProblems } from "./describeProblems.ts";

describeProblems("people", [
  {
    title: "a developer in one namespace, and a user who may read everything",
    yaml: "people: {alice: {group: developers, namespace: team-a, role: edit, validityHours: 720}, bob-2: {role: view}}",
    problems: [],
  },
  {
    title: "no role, another's name for one, and a key of another program",
    yaml: "people: {alice: {}, bob: {role: editor}, carol: {role: view, groups: [developers]}}",
    problems: [
      "people.alice.role: expected one of view, edit, admin, cluster-admin, got nothing",
      'people.bob.role: expected one of view, edit, admin, cluster-admin, got "editor"; did you mean edit?',
      "people.carol.groups: unknown key; did you mean group?",
    ],
  },
  {
    title: "what others call it",
    yaml: "{users: {alice: {role: view}}, people: {bob: {role: view, expirationSeconds: 3600}}}",
    problems: [
      "people.bob.expirationSeconds: unknown key; did you mean validityHours?",
      "users.alice.role: unknown key; did you mean people.NAME.role?",
    ],
  },
  {
    title: "people are no list",
    yaml: "people: [alice]",
    problems: ['people: expected a mapping of names to people, got ["alice"]'],
  },
  {
    title: "a name that no object of the cluster could have",
    yaml: "people: {Alice Smith: {role: view}}",
    problems: [
      'people["Alice Smith"]: the name "Alice Smith" must be at most 52 lower-case letters, digits and \'-\', with a letter or digit at both ends; try alice-smith',
    ],
  },
  {
    title: "names of the cluster's own users",
    yaml: "people: {kubernetes-admin: {role: view}, kube-apiserver: {role: view}, haproxy: {role: view}}",
    problems: [
      "people.kubernetes-admin: kubernetes-admin is a user of the cluster itself; choose another name",
      "people.kube-apiserver: kube-apiserver is a user of the cluster itself; choose another name",
      "people.haproxy: haproxy is a user of the cluster itself; choose another name",
    ],
  },
  {
    title: "groups that would be more than the role",
    yaml: "people: {alice: {role: view, group: 'system:masters'}, bob: {role: view, group: 'a b'}}",
    problems: [
      'people.bob.group: expected a group\'s name like developers: at most 64 letters, digits and any of -_.:@, with a letter or digit at both ends, got "a b"',
      "people.alice.group: system:masters is reserved by Kubernetes, like every group that begins with system:; choose another, like developers",
    ],
  },
  {
    title: "namespaces that are reserved, or invalid",
    yaml: "people: {alice: {role: edit, namespace: kube-system}, bob: {role: edit, namespace: smoke}, carol: {role: edit, namespace: Team A}}",
    problems: [
      "people.carol.namespace: expected a namespace's name like team-a: at most 63 lower-case letters, digits and '-', with a letter or digit at both ends, got \"Team A\"",
      "people.alice.namespace: kube-system is reserved by Kubernetes, like every namespace that begins with kube-; choose another, like team-a",
      "people.bob.namespace: smoke is the namespace of the smoke check; choose another, like team-a",
    ],
  },
  {
    title: "longer than the cluster signs for",
    yaml: "people: {alice: {role: view, validityHours: 8761}, bob: {role: view, validityHours: 0}}",
    problems: [
      "people.alice.validityHours: expected a whole number of hours from 1 to 8760, got 8761",
      "people.bob.validityHours: expected a whole number of hours from 1 to 8760, got 0",
    ],
  },
  {
    title: "longer than its authority lives",
    yaml: "{people: {alice: {role: view}}, certificates: {authorityHours: 48, leafHours: 48, renewalHours: 24}}",
    problems: [
      "people.alice.validityHours: 720 is more than certificates.authorityHours 48, but no certificate may outlive its CA; lower it",
    ],
  },
  {
    title: "longer than the controller managers sign",
    yaml: "{people: {alice: {role: view}, bob: {role: view, validityHours: 24}}, flags: {kube-controller-manager: {cluster-signing-duration: 24h30m}}}",
    problems: [
      "people.alice.validityHours: 720 is more than flags.kube-controller-manager.cluster-signing-duration 24h30m, the longest validity that the cluster signs, so the certificate would expire before its renewal; lower it to 24, or raise the flag",
    ],
  },
  {
    title: "longer than the shortest of the nodes' limits, which override the lab's",
    yaml: "{people: {alice: {role: view}}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11, flags: {kube-controller-manager: {cluster-signing-duration: 30m}}}}, flags: {kube-controller-manager: {cluster-signing-duration: 720h}}}",
    problems: [
      "people.alice.validityHours: 720 is more than nodes.cp.flags.kube-controller-manager.cluster-signing-duration 30m, the longest validity that the cluster signs, so the certificate would expire before its renewal; raise the flag",
    ],
  },
  {
    title: "as long as it is signed for where it matters: the node's own flag is the one in force",
    yaml: "{people: {alice: {role: view}}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11, flags: {kube-controller-manager: {cluster-signing-duration: 720h0m0s}}}}, flags: {kube-controller-manager: {cluster-signing-duration: 24h}}}",
    problems: [],
  },
  {
    title: "a duration that is none says so itself, and nothing of people",
    yaml: "{people: {alice: {role: view}}, flags: {kube-controller-manager: {cluster-signing-duration: 24}}}",
    problems: [
      "flags.kube-controller-manager.cluster-signing-duration: expected a duration like 30s or 1h30m, got 24",
    ],
  },
]);

test("a certificate is due in its last third, and never earlier than certificates.renewalHours", () => {
  const people = {
    hour: { role: "view", validityHours: 1 },
    month: { role: "view" },
    year: { role: "view", validityHours: 8760 },
  };
  const plan = planOf(labOf({ ...devCluster, people }));
  expect(plan.people.map(({ name, renewalHours }) => [name, renewalHours])).toEqual([
    ["hour", 0],
    ["month", 240],
    ["year", 720],
  ]);
});
