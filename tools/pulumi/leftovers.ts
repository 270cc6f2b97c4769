import { isElsewhere } from "../../config/schema/libvirtUri.ts";
import {
  domainName,
  isOwnVolume,
  networkName,
  poolName,
  sharedResource,
} from "../../model/names.ts";
import {
  pendingIn,
  providerOf,
  type ResourceType,
  resourcesIn,
  resourceTypes,
  type StackState,
  type StateResource,
} from "./stackState.ts";

/**
 * Compares state and libvirt after an interrupted run; changes neither. The provider refuses to
 * create a domain, network or pool whose name exists, and to delete a domain or network that does
 * not, so either difference would make every later run fail.
 */

const kinds = ["domain", "network", "pool", "volume"] as const satisfies readonly ResourceType[];
export type Kind = (typeof kinds)[number];

/** A libvirt object, by kind and name. */
export interface Thing {
  readonly kind: Kind;
  readonly name: string;
}

/** The part of the stack's state about one libvirt. */
export interface StateFacts {
  /** Created objects. The ID is libvirt's UUID; a volume's is its path. */
  readonly owned: readonly (Thing & { readonly urn: string; readonly id: string })[];
  /** Objects being created when pulumi was killed; they may exist. */
  readonly creating: readonly Thing[];
}

/** What libvirt has under this lab's names. */
export interface LibvirtFacts {
  /** Domains on the lab's network, with a MAC address of the lab, or in the state. */
  readonly domains: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly running: boolean;
    /** libvirt or a user paused it: it has its memory, and goes on when it is resumed. */
    readonly isPaused?: true;
    /** True if it has the MAC address that follows from its name; unset if that does not matter. */
    readonly hasOwnCard?: boolean;
  }[];
  /** The UUID of the network with the lab's name. */
  readonly network?: string | undefined;
  readonly pool?: string | undefined;
  /** The names of the pool's volumes. */
  readonly volumes: readonly string[];
}

export interface Mending {
  /** Left by an interrupted run, in the order of removal. */
  readonly remove: readonly Thing[];
  /** Domains of the state that are paused: the provider would start them, which libvirt refuses. */
  readonly resume: readonly Thing[];
  /** URNs of resources in the state that libvirt has lost or stopped; they need a refresh. */
  readonly refresh: readonly string[];
  /**
   * Objects with this lab's names that this state is not known to have created; not to be removed.
   */
  readonly foreign: readonly Thing[];
}

export function mending(stack: string, state: StateFacts, found: LibvirtFacts): Mending {
  const sharedNames = { network: networkName(stack), pool: poolName(stack) };
  const isCreating = (kind: Kind, name: string) =>
    state.creating.some((thing) => thing.kind === kind && thing.name === name);
  const owns = (kind: Kind, id: string | undefined) =>
    state.owned.some((thing) => thing.kind === kind && thing.id === id);
  /**
   * If the state created a network or pool, it also created what is in there under the lab's names.
   */
  const hasMade = (kind: "network" | "pool", uuid: string | undefined) =>
    uuid !== undefined && (owns(kind, uuid) || isCreating(kind, sharedNames[kind]));

  const domains = found.domains.filter(({ uuid }) => !owns("domain", uuid));
  const isOurs = ({ name, hasOwnCard = false }: LibvirtFacts["domains"][number]) =>
    name.startsWith(domainName(stack, "")) &&
    (hasMade("network", found.network) ||
      (hasOwnCard && hasMade("pool", found.pool)) ||
      isCreating("domain", name));
  const volumes = found.volumes.filter(
    (name) => !state.owned.some((thing) => thing.kind === "volume" && thing.name === name),
  );
  const isOurVolume = (name: string) =>
    isCreating("volume", name) || (isOwnVolume(name) && hasMade("pool", found.pool));

  const strangers = [
    ...domains.filter((domain) => !isOurs(domain)).map(({ name }) => thing("domain", name)),
    ...(hasMade("pool", found.pool)
      ? []
      : volumes.filter((name) => !isOurVolume(name)).map((name) => thing("volume", name))),
  ];
  // An empty network or pool of the lab's name is safe to remove.
  const shareds = (["pool", "network"] as const).filter(
    (kind) => found[kind] !== undefined && !owns(kind, found[kind]),
  );
  const isEmpty = (kind: "pool" | "network") =>
    !strangers.some((stranger) => stranger.kind === (kind === "pool" ? "volume" : "domain"));
  const removable = (kind: "pool" | "network") =>
    isCreating(kind, sharedNames[kind]) || isEmpty(kind);
  return {
    remove: [
      ...domains.filter(isOurs).map(({ name }) => thing("domain", name)),
      ...volumes.filter(isOurVolume).map((name) => thing("volume", name)),
      ...shareds.filter(removable).map((kind) => thing(kind, sharedNames[kind])),
    ],
    resume: found.domains
      .filter(({ uuid, isPaused }) => isPaused === true && owns("domain", uuid))
      .map(({ name }) => thing("domain", name)),
    refresh: state.owned.filter((one) => !isThere(one, found)).map(({ urn }) => urn),
    foreign: [
      ...strangers,
      ...shareds.filter((kind) => !removable(kind)).map((kind) => thing(kind, sharedNames[kind])),
    ],
  };
}

const thing = (kind: Kind, name: string): Thing => ({ kind, name });

function isThere({ kind, name, id }: Thing & { id: string }, found: LibvirtFacts): boolean {
  switch (kind) {
    case "domain":
      return found.domains.some(
        ({ uuid, running, isPaused }) => uuid === id && (running || isPaused === true),
      );
    case "volume":
      return found.volumes.includes(name);
    default:
      return found[kind] === id;
  }
}

/**
 * Reads the facts about one libvirt from an exported state.
 *
 * @param hypervisor its key in the config; undefined in a lab that names none
 */
export function stateFacts(state: StackState, hypervisor: string | undefined): StateFacts {
  const provider = sharedResource("libvirt", hypervisor);
  const isThere = (resource: StateResource) => providerOf(resource) === provider;
  return {
    owned: resourcesIn(state).flatMap((resource) => {
      const named = isThere(resource) ? thingOf(resource) : undefined;
      const { urn, id = "", pendingReplacement = false } = resource;
      // A resource that was deleted for its replacement stays in the state with this mark.
      return named === undefined || id === "" || pendingReplacement ? [] : [{ ...named, urn, id }];
    }),
    creating: pendingIn(state).flatMap(({ type, resource }) => {
      const named = type === "creating" && isThere(resource) ? thingOf(resource) : undefined;
      return named === undefined ? [] : [named];
    }),
  };
}

/**
 * Whether the state has resources in a libvirt of this machine, or pulumi was killed while it
 * created one.
 */
export function hasMachinesHere(
  state: StackState,
  hypervisors: readonly { readonly name?: string | undefined; readonly uri: string }[],
): boolean {
  return hypervisors
    .filter(({ uri }) => !isElsewhere(uri))
    .map(({ name }) => stateFacts(state, name))
    .some(({ owned, creating }) => owned.length + creating.length > 0);
}

function thingOf({ type, inputs }: StateResource): Thing | undefined {
  const kind = kinds.find((one) => resourceTypes[one] === type);
  return kind === undefined || typeof inputs?.name !== "string"
    ? undefined
    : thing(kind, inputs.name);
}
