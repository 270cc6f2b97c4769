import type { Changes } from "./diff.ts";
import type { LogLine } from "./engine.ts";
import type { Properties, Value } from "./value.ts";

/** The resource of a call. */
export interface Subject {
  readonly urn: string;
  /** The logical name: the urn's last part. */
  readonly name: string;
  /** The type token, e.g. `command:remote:Command`. */
  readonly type: string;
}

/** A call that may take time. */
export interface Operation extends Subject {
  /** Aborted on Ctrl-C and after `customTimeouts`; its reason is the error to throw. */
  readonly signal: AbortSignal;
  /** Logs a line about this resource; resolves when the engine has received it. */
  readonly log: (line: Omit<LogLine, "urn">) => Promise<void>;
}

export interface CheckFailure {
  /** The faulty property, or empty for the whole resource. */
  readonly property: string;
  readonly reason: string;
}

export interface CheckRequest extends Subject {
  readonly olds: Properties;
  readonly news: Properties;
  /**
   * Equal in preview and update, so that generated names are equal. Empty if the engine sends none.
   */
  readonly randomSeed: Uint8Array;
}

export interface DiffRequest extends Subject {
  readonly id: string;
  /** The outputs of the last run. */
  readonly state: Properties;
  readonly oldInputs: Properties;
  readonly news: Properties;
}

export interface DiffResult {
  readonly changes: Changes;
  /** The paths in `changes` that require a replacement instead of an update. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends Operation {
  readonly inputs: Properties;
  readonly isPreview: boolean;
}

export interface UpdateRequest extends Operation {
  readonly id: string;
  readonly state: Properties;
  readonly oldInputs: Properties;
  readonly inputs: Properties;
  readonly isPreview: boolean;
}

export interface ReadRequest extends Operation {
  readonly id: string;
  /** Empty if the resource is imported or read for the first time. */
  readonly state: Properties;
  readonly inputs: Properties;
}

export interface ReadResult {
  /** Empty if the resource no longer exists. */
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

export interface DeleteRequest extends Operation {
  readonly id: string;
  readonly state: Properties;
  readonly inputs: Properties;
}

/**
 * A resource plugin without the protocol, which `serveProvider` implements. A method reports a
 * failure by throwing; the user sees the error's message.
 */
export interface Provider {
  /** The package's name, e.g. `command`. */
  readonly name: string;
  /** Without a leading `v`. */
  readonly version: string;
  /** Rejects invalid configuration; by default all configuration is valid. */
  checkConfig?(news: Properties): readonly CheckFailure[];
  configure(config: Properties): Promise<void> | void;
  /** The effect of a changed configuration; by default it updates only the provider. */
  diffConfig?(olds: Properties, news: Properties): Promise<DiffResult>;
  check(request: CheckRequest): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }>;
  diff(request: DiffRequest): Promise<DiffResult>;
  /** In a preview, the id is empty and unknown values are UNKNOWN. */
  create(request: CreateRequest): Promise<{ id: string; state: Properties }>;
  update(request: UpdateRequest): Promise<{ state: Properties }>;
  read(request: ReadRequest): Promise<ReadResult>;
  delete(request: DeleteRequest): Promise<void>;
  invoke?(token: string, args: Properties): Promise<{ readonly [name: string]: Value }>;
  /** Closes connections and kills children; called once, before the process ends. */
  close?(): Promise<void> | void;
}

/**
 * A resource that exists but did not reach its desired state. The engine keeps it in the state,
 * shows the reasons and tries an update next time.
 */
export class InitFailed extends Error {
  readonly id: string;
  readonly state: Properties;
  readonly inputs: Properties;
  readonly reasons: readonly string[];

  constructor(
    message: string,
    resource: { id: string; state: Properties; inputs: Properties; reasons: readonly string[] },
  ) {
    super(message);
    this.name = "InitFailed";
    this.id = resource.id;
    this.state = resource.state;
    this.inputs = resource.inputs;
    this.reasons = resource.reasons;
  }
}
