/** The edges without those that a longer path implies (transitive reduction). */
export function withoutImplied(edges: readonly [string, string][]): [string, string][] {
  const next = new Map<string, string[]>();
  for (const [before, after] of edges) {
    next.set(before, [...(next.get(before) ?? []), after]);
  }
  const reached = new Map<string, Set<string>>();
  const reach = (from: string): Set<string> => {
    const known = reached.get(from);
    if (known !== undefined) {
      return known;
    }
    const all = new Set<string>();
    reached.set(from, all);
    for (const after of next.get(from) ?? []) {
      for (const further of [after, ...reach(after)]) all.add(further);
    }
    return all;
  };
  return edges.filter(
    ([before, after]) =>
      !(next.get(before) ?? []).some((between) => between !== after && reach(between).has(after)),
  );
}
