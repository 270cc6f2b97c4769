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
 * What an interrupted run leaves in libvirt, and what the state holds that libvirt has lost: decided here, without
 * touching either. The provider refuses to make a domain, network or pool whose name is taken, and to delete a domain or
 * network that is gone, so both would keep every later run from finishing.
 */

const kinds = ["domain", "network", "pool", "volume"] as const satisfies readonly ResourceType[];
export type Kind = (typeof kinds)[number];

/** A thing of libvirt's by its kind and name. */
export interface Thing {
  readonly kind: Kind;
  readonly name: string;
}

/** What the stack's state says of one libvirt. */
export interface StateFacts {
  /** Made and known. The id is libvirt's UUID; a volume's is its path. */
  readonly owned: readonly (Thing & { readonly urn: string; readonly id: string })[];
  /** Was being made when pulumi was killed: may be there or not. */
  readonly creating: readonly Thing[];
}

/** What libvirt has under this lab's names. */
export interface LibvirtFacts {
  /** Every domain of the host that is on the lab's network, has the card of a machine of the lab, or is the state's. */
  readonly domains: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly running: boolean;
    /** True where its card has the MAC that follows from its name; unset where that need not be known. */
    readonly hasOwnCard?: boolean;
  }[];
  /** UUID of the network with the lab's name. */
  readonly network?: string | undefined;
  readonly pool?: string | undefined;
  /** Names of the volumes in that pool. */
  readonly volumes: readonly string[];
}

export interface Mending {
  /** Nobody's but an interrupted run's, in the order to remove them. */
  readonly remove: readonly Thing[];
  /** URNs of what the state holds and libvirt does not, or not running: the state must look again. */
  readonly refresh: readonly string[];
  /** Has this lab's names, and nothing shows that this state made it. Not to be touched. */
  readonly foreign: readonly Thing[];
}

export function mending(stack: string, state: StateFacts, found: LibvirtFacts): Mending {
  const sharedNames = { network: networkName(stack), pool: poolName(stack) };
  const isCreating = (kind: Kind, name: string) =>
    state.creating.some((thing) => thing.kind === kind && thing.name === name);
  const owns = (kind: Kind, id: string | undefined) =>
    state.owned.some((thing) => thing.kind === kind && thing.id === id);
  /** The state made the thing that others are in, so what is in there and has a name of ours was made by it too. */
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
  // A network or pool with nothing in it is worth nothing to anybody, and has our name.
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
      return found.domains.some(({ uuid, running }) => uuid === id && running);
    case "volume":
      return found.volumes.includes(name);
    default:
      return found[kind] === id;
  }
}

/**
 * What an exported state says of a libvirt.
 *
 * @param hypervisor as the config calls it; undefined in a lab that names none
 */
export function stateFacts(state: StackState, hypervisor: string | undefined): StateFacts {
  const provider = sharedResource("libvirt", hypervisor);
  const isThere = (resource: StateResource) => providerOf(resource) === provider;
  return {
    owned: resourcesIn(state).flatMap((resource) => {
      const named = isThere(resource) ? thingOf(resource) : undefined;
      const { urn, id = "", pendingReplacement = false } = resource;
      // What was deleted to be made anew is in the state with this mark, and in libvirt no more.
      return named === undefined || id === "" || pendingReplacement ? [] : [{ ...named, urn, id }];
    }),
    creating: pendingIn(state).flatMap(({ type, resource }) => {
      const named = type === "creating" && isThere(resource) ? thingOf(resource) : undefined;
      return named === undefined ? [] : [named];
    }),
  };
}

/** True where the state has something in a libvirt of this machine, or pulumi was making it when it was killed. */
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
