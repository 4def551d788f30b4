import { describe, expect, it } from 'vitest';
import { judge, PartitionHistory, type Breaches, type Seen } from '../src/kafka.ts';

const NONE: Breaches = {
  missing: 0,
  untrue: 0,
  disordered: 0,
  doubled: 0,
  phantoms: 0,
  repeats: 0,
  consumer: 0,
  reader: 0,
};

/** Six messages sent by three; what was seen is what the log holds, unless said otherwise. */
function judged(log: number[], change: (history: PartitionHistory) => void = () => {}): Breaches {
  const history = new PartitionHistory();
  history.next = 6;
  history.acknowledged.push({ number: 0, count: 3, baseOffset: 0 }, { number: 3, count: 3, baseOffset: 3 });
  const seen: Seen[] = log.map((number, offset) => ({ offset, number }));
  history.consumed.push(...seen);
  history.read.push(...seen);
  change(history);
  return judge(history, seen);
}

describe('the history of a partition', () => {
  it('is kept when everything acknowledged is there once, in order', () => {
    expect(judged([0, 1, 2, 3, 4, 5])).toEqual(NONE);
  });

  it('names what is lost, and where offsets are untrue for it', () => {
    expect(judged([0, 1, 3, 4, 5])).toMatchObject({ missing: 1, untrue: 3 });
  });

  it('names what is out of order, twice, or was never sent', () => {
    expect(judged([0, 1, 2, 4, 3, 5])).toMatchObject({ disordered: 1, untrue: 2 });
    expect(judged([0, 1, 2, 3, 4, 5, 5])).toEqual({ ...NONE, doubled: 1 });
    expect(judged([0, 1, 2, 3, 4, 5, 9])).toEqual({ ...NONE, phantoms: 1 });
    expect(judged([0, 1, 2, 3, 4, 5, Number.NaN])).toMatchObject({ phantoms: 1 });
  });

  it('allows a send that failed to be there twice', () => {
    expect(judged([0, 1, 2, 3, 4, 5, 5], ({ doubtful }) => doubtful.add(5))).toEqual({ ...NONE, repeats: 1 });
  });

  it('names offsets that a consumer or a reader left out, took twice or otherwise', () => {
    const log = [0, 1, 2, 3, 4, 5];
    expect(judged(log, ({ consumed }) => consumed.pop())).toEqual({ ...NONE, consumer: 1 });
    expect(judged(log, ({ consumed }) => consumed.push(consumed[5]!))).toEqual({ ...NONE, consumer: 1 });
    expect(judged(log, ({ read }) => (read[2] = { offset: 2, number: 7 }))).toEqual({ ...NONE, reader: 1 });
  });
});
