// Which resources serve which group, when some could serve several: the cheapest assignment, not the greedy one.

/** `cost` of each resource that could serve it, by id. Costs are only ever added and compared. */
export type Need = { count: number; costs: ReadonlyMap<string, bigint> };

/** Dwarfs any sum of costs, so that a matching with all those wished for is preferred to every other. */
const WISHED = 1n << 200n;

/**
 * For each need `count` resources, none serving two, the sum of costs as small as can be, all of `wish` among
 * them; null if there is no such matching. The same input always gives the same answer.
 *
 * Successive cheapest augmenting paths, found as Bellman and Ford do, since giving a resource back refunds its
 * cost. Without overlap between the needs this is just the cheapest of each.
 */
export function match(needs: readonly Need[], wish: ReadonlySet<string>): string[][] | null {
  const matching = new Matching(
    needs.map(({ count, costs }) => ({
      count,
      costs: new Map(Array.from(costs, ([id, cost]) => [id, wish.has(id) ? cost - WISHED : cost])),
    })),
  );
  for (let missing = needs.reduce((sum, need) => sum + need.count, 0); missing > 0; missing--) {
    if (!matching.augment()) return null;
  }
  for (const id of wish) if (!matching.servedNeed.has(id)) return null;
  return needs.map(({ costs }, need) =>
    [...costs.keys()].filter((id) => matching.servedNeed.get(id) === need),
  );
}

class Matching {
  /** Resource id to the index of the need it serves. */
  readonly servedNeed = new Map<string, number>();
  readonly #needs: readonly Need[];
  readonly #missing: number[];

  constructor(needs: readonly Need[]) {
    this.#needs = needs;
    this.#missing = needs.map((need) => need.count);
  }

  /** Gives one need one resource more, moving others about where that is cheaper or the only way. */
  augment(): boolean {
    const { taken, given } = this.#paths();
    let end: string | undefined;
    for (const [id, { cost }] of taken) {
      if (this.servedNeed.has(id)) continue;
      if (end === undefined || cost < (taken.get(end) as Step).cost) end = id;
    }
    if (end === undefined) return false;
    for (let id: string | undefined = end; id !== undefined; ) {
      const { need } = taken.get(id) as Step;
      this.servedNeed.set(id, need);
      id = given[need];
      if (id === undefined) this.#missing[need] = (this.#missing[need] as number) - 1;
    }
    return true;
  }

  /** The cheapest way to each resource from a need that misses some; `given`: what each need on it hands over. */
  #paths(): { taken: Map<string, Step>; given: (string | undefined)[] } {
    const taken = new Map<string, Step>();
    const given: (string | undefined)[] = this.#needs.map(() => undefined);
    const reached = this.#missing.map((missing): bigint | undefined => (missing > 0 ? 0n : undefined));
    for (let changed = true; changed; ) {
      changed = false;
      for (const [need, { costs }] of this.#needs.entries()) {
        const sofar = reached[need];
        if (sofar === undefined) continue;
        for (const [id, price] of costs) {
          const holder = this.servedNeed.get(id);
          const known = taken.get(id);
          const cost = sofar + price;
          if (holder === need || (known && known.cost <= cost)) continue;
          taken.set(id, { need, cost });
          changed = true;
          if (holder === undefined) continue;
          const refunded = cost - (this.#needs[holder]?.costs.get(id) ?? 0n);
          const before = reached[holder];
          if (before !== undefined && before <= refunded) continue;
          reached[holder] = refunded;
          given[holder] = id;
        }
      }
    }
    return { taken, given };
  }
}

/** A resource taken by a need, at the cost of the whole path to it. */
type Step = { need: number; cost: bigint };
