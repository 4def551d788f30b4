/** The end of the last turn that was asked for. */
let last: Promise<void> = Promise.resolve();

/**
 * Waits for one's turn to hold a large unpacked record batch: a process works on a dozen partitions, and what each may
 * hold for a moment would be too much for all of them at once.
 */
export async function takeTurn(): Promise<{ end(): void }> {
  const before = last;
  const turn = Promise.withResolvers<void>();
  last = turn.promise;
  await before;
  return { end: turn.resolve };
}
