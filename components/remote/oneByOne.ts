/**
 * Creates a resource for each target. The targets that `order` names wait for each other: a change
 * reaches them one at a time, and a failure stops the rest. The engine does not compare edges, so
 * an unchanged resource stays as it is.
 *
 * @param order names of targets, and of others, which are skipped
 * @param create gets the resource that it waits for, as a list: empty for the first
 * @returns the resources by the targets' names, in the targets' order
 */
export function oneByOne<Target extends { readonly name: string }, Created>(
  order: readonly string[],
  targets: readonly Target[],
  create: (target: Target, previous: readonly Created[]) => Created,
): ReadonlyMap<string, Created> {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const created = new Map<string, Created>();
  let previous: readonly Created[] = [];
  for (const name of order) {
    const target = byName.get(name);
    if (target === undefined) continue;
    const resource = create(target, previous);
    created.set(name, resource);
    previous = [resource];
  }
  return new Map(
    targets.map((target) => [target.name, created.get(target.name) ?? create(target, [])]),
  );
}
