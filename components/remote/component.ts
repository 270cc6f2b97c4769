import type * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan, PlannedArtifact } from "../../plan/clusterPlan.ts";
import type { AuthorityName, Use } from "../pki/authorities.ts";
import type { Credentials } from "../pki/credentials.ts";

/**
 * A component on its nodes, declared once. Its step's `create` and `delete`, the files on standard
 * input, the restarts after a change, the edges, the manifest and the docs' table of files follow
 * from the declaration: `renderComponent.ts` renders the text, `installComponent.ts` creates the
 * resources.
 */
export interface NodeComponent<
  Target extends { readonly name: string },
  Signer extends AuthorityName,
  Edge extends string,
> {
  /** The step's name on its node: `kubelet`. Its resources are called NODE-kubelet. */
  readonly name: string;
  /**
   * Set if a node runs one of several kinds of it, like one container runtime. The step is named
   * after its kind; another kind replaces it, so the old one is removed before the new one is
   * installed.
   */
  readonly kinds?: {
    readonly all: readonly string[];
    readonly of: (scope: Scope<Target>) => string;
  };
  /** The nodes that run it. */
  readonly on: (plan: ClusterPlan) => readonly Target[];
  /** The component's identity for its peers: one key, and one certificate for each signer. */
  readonly identity?: (scope: Scope<Target>) => IdentityDeclaration<Signer>;
  /** Which stages the step waits for, each with what would go wrong without the edge. */
  readonly after: (scope: Scope<Target>) => Readonly<Partial<Record<Edge, string>>>;
  /**
   * The stage whose step's replacement replaces this one: removed before it, installed after it.
   */
  readonly replacedWith?: NoInfer<Edge>;
  readonly install: (scope: Scope<Target>) => Installation<Signer>;
}

export interface Scope<Target> {
  readonly plan: ClusterPlan;
  readonly node: Target;
}

export interface IdentityDeclaration<Signer extends AuthorityName> {
  readonly commonName: string;
  /** Kubernetes reads it as the group. */
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /**
   * The authorities that sign the key, and the uses of each certificate. The first is the main one.
   */
  readonly signedBy: Readonly<Record<Signer, readonly Use[]>>;
}

/** A component's installation on one node. */
export interface Installation<Signer extends AuthorityName = AuthorityName> {
  /** One or two sentences: what it does. The first lines of its script. */
  readonly about: string;
  /** Checked before anything is changed. */
  readonly requires?: readonly Requirement[];
  /** The system user that it runs as, created if the image has none; the home directory is not. */
  readonly user?: { readonly name: string; readonly home: string };
  /** Lines before anything is placed. An escape hatch. */
  readonly prepare?: string;
  readonly directories?: readonly Directory[];
  readonly files: readonly ComponentFile<Signer>[];
  readonly programs?: readonly Program[];
  /** What runs it; unset if nothing keeps running. */
  readonly unit?: UnitDeclaration;
  /** Lines after its unit is gone and before its files are removed. */
  readonly onRemove?: string;
  /** Paths besides its files that are removed with it: what the program writes for itself. */
  readonly leaves?: readonly string[];
}

export interface UnitDeclaration {
  /** `kubelet.service` */
  readonly name: string;
  readonly text: string;
  /** @default "600" */
  readonly mode?: "600" | "644";
  /** A command that succeeds when the component is healthy. */
  readonly healthy: string;
  /** Functions that `healthy` and `turn` call. */
  readonly functions?: string;
  /** How long it may take to become healthy. */
  readonly withinSeconds: number;
  /** A change of its files reloads it instead of restarting it. */
  readonly reload?: boolean;
  /**
   * A rolling restart: one node at a time restarts it, and only while `othersAreHealthy` succeeds.
   */
  readonly turn?: { readonly lock: string; readonly othersAreHealthy: string };
}

/** A test on the node, and what to say if it fails. */
export interface Requirement {
  /** Why, as a comment. */
  readonly because?: string;
  readonly test: string;
  /** The error: what was found, and what to do. Bash expands it. */
  readonly otherwise: string;
}

export interface Directory {
  readonly path: string;
  readonly mode: string;
  /** `user:group`; @default "root:root" */
  readonly owner?: string;
}

interface FileOptions {
  /** Octal. */
  readonly mode?: string;
  /** `user:group` */
  readonly owner?: string;
  /** The effect of a change on the running component. @default "restart" */
  readonly onChange?: "restart" | "nothing";
  /** Another component on the node needs it too, so it stays when this one is removed. */
  readonly isShared?: boolean;
  /** A comment above it. */
  readonly comment?: string;
  /** Lines before it: what must hold before it changes. */
  readonly before?: string;
  /** Lines after it that make it take effect. */
  readonly apply?: string;
}

export type ComponentFile<Signer extends AuthorityName> = Required<
  Pick<FileOptions, "mode" | "owner" | "onChange" | "isShared">
> &
  Pick<FileOptions, "comment" | "before" | "apply"> & { readonly path: string } & (
    | { readonly text: string }
    | { readonly lines: string }
    | { readonly credential: (credentials: Credentials<Signer>) => pulumi.Output<string> }
  );

/** A file whose text is in the script as it will be on the node. Mode 644 unless given. */
export function file(path: string, text: string, options: FileOptions = {}) {
  return { ...withDefaults(path, "644", options), text };
}

/** A file whose text depends on the machine: lines that put it there. Mode 644 unless given. */
export function computed(path: string, lines: string, options: FileOptions = {}) {
  return { ...withDefaults(path, "644", options), lines };
}

/** A key or a certificate: it arrives on standard input. Mode 600 unless given. */
export function credential<Signer extends AuthorityName>(
  path: string,
  pick: (credentials: Credentials<Signer>) => pulumi.Output<string>,
  options: FileOptions = {},
): ComponentFile<Signer> {
  return { ...withDefaults(path, "600", options), credential: pick };
}

const withDefaults = (path: string, mode: string, options: FileOptions) => ({
  path,
  mode,
  owner: "root:root",
  onChange: "restart" as const,
  isShared: false,
  ...options,
});

/** An artefact of the mirror, and where its programs are linked. */
export interface Program {
  readonly artifact: PlannedArtifact;
  /** What the unit runs: a change restarts it. */
  readonly run: Links;
  /** What users and other programs run: a change causes no restart. */
  readonly tools: Links;
}

/** Path inside the artefact → link, e.g. `bin/containerd` → `/usr/local/bin/containerd`. */
type Links = Readonly<Record<string, string>>;

/** What the unit runs, and what else the artefact has. */
export const program = (artifact: PlannedArtifact, run: Links, tools: Links = {}): Program => ({
  artifact,
  run,
  tools,
});

/** An artefact whose programs the unit does not run. */
export const tool = (artifact: PlannedArtifact, tools: Links): Program => ({
  artifact,
  run: {},
  tools,
});

/** The name of the component's step on this node. */
export function stepName<Target extends { readonly name: string }>(
  { name, kinds }: Pick<NodeComponent<Target, AuthorityName, string>, "name" | "kinds">,
  scope: Scope<Target>,
): string {
  return kinds?.of(scope) ?? name;
}

/** Declares a component; the types of its signers and edges are inferred from the declaration. */
export function nodeComponent<
  Target extends { readonly name: string },
  const Signer extends AuthorityName = never,
  const Edge extends string = never,
>(declaration: NodeComponent<Target, Signer, Edge>): NodeComponent<Target, Signer, Edge> {
  return declaration;
}
