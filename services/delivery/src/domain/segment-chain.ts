/** What the footer of a segment says of its place. */
export interface Link {
  readonly key: string;
  readonly epoch: number;
  readonly rawFrom: number;
  readonly rawLast: number;
  readonly enrichedFrom: number;
  readonly enrichedNext: number;
}

/**
 * Which of the objects that a partition's database does not know were sealed, in their order.
 *
 * A sealer begins where the one before had sealed last, and that one can seal nothing any more. So when a higher epoch has an
 * object that begins at raw offset F, of the epochs below it exactly those are sealed that end before F; what reaches F or
 * beyond was written and never sealed, and the same events lie in the higher epoch again. Within an epoch there is one sealer,
 * and one object at a time: only its last one may be unsealed, and taking that up is safe, because its sequences follow from
 * the same heads and the same raw order that whoever seals the range again would go by.
 */
export function sealedChain(links: readonly Link[]): Link[] {
  const epochs = [...new Set(links.map(({ epoch }) => epoch))].toSorted((a, b) => b - a);
  const sealed: Link[] = [];
  let bound = Infinity;
  for (const epoch of epochs) {
    const its = links.filter((link) => link.epoch === epoch);
    sealed.push(...its.filter(({ rawLast }) => rawLast < bound));
    bound = Math.min(bound, ...its.map(({ rawFrom }) => rawFrom));
  }
  return sealed.toSorted((a, b) => a.rawLast - b.rawLast);
}
