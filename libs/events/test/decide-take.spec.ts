import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideTake } from '../src/index.ts';

/** A verdict on the enriched topic: it accounts for the raw offsets from…offset. */
interface Message {
  readonly from: number;
  readonly offset: number;
}

/** A raw partition: for each offset whether Kafka left a hole there. It ends with a record, as holes at the end are not seen. */
const anyRaw = fc.array(fc.boolean(), { maxLength: 60 }).map((holes) => [...holes, false]);

/** What one enricher writes that goes on behind `last`, up to `stop` messages. */
function write(raw: readonly boolean[], last: number, stop: number): Message[] {
  const messages: Message[] = [];
  let from = last + 1;
  for (let offset = last + 1; offset < raw.length && messages.length < stop; offset += 1) {
    if (raw[offset] === true) continue;
    messages.push({ from, offset });
    from = offset + 1;
  }
  return messages;
}

/** Takes messages by the rule. */
function consume(
  log: readonly Message[],
  start = -1,
): { taken: Message[]; gaps: number; repeats: number; last: number } {
  const result = { taken: [] as Message[], gaps: 0, repeats: 0, last: start };
  for (const message of log) {
    const decision = decideTake(result.last, message.from, message.offset);
    if (decision === 'gap') result.gaps += 1;
    if (decision === 'repeat') result.repeats += 1;
    if (decision !== 'take') continue;
    result.taken.push(message);
    result.last = message.offset;
  }
  return result;
}

/** Sessions of enrichers: each resumes where the log then ends for a consumer, or stale by some messages; each stops somewhere. */
const anySessions = fc.array(fc.record({ stale: fc.nat({ max: 20 }), stop: fc.nat({ max: 15 }) }), {
  maxLength: 12,
});

function logOf(raw: readonly boolean[], sessions: readonly { stale: number; stop: number }[]): Message[] {
  const log: Message[] = [];
  for (const { stale, stop } of [...sessions, { stale: 0, stop: Infinity }]) {
    const { taken } = consume(log);
    const last = taken.at(-1 - stale)?.offset ?? -1;
    log.push(...write(raw, last, stop));
  }
  return log;
}

function everyRecord(raw: readonly boolean[]): number[] {
  return raw.flatMap((hole, offset) => (hole ? [] : [offset]));
}

describe('the consumer rule', () => {
  it('gives every verdict once and in order, however often enrichers crash, resume and repeat themselves', () => {
    fc.assert(
      fc.property(anyRaw, anySessions, (raw, sessions) => {
        const { taken, gaps } = consume(logOf(raw, sessions));
        expect(taken.map((message) => message.offset)).toEqual(everyRecord(raw));
        expect(gaps).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds when two enrichers overlap in any interleaving', () => {
    fc.assert(
      fc.property(anyRaw, anySessions, fc.infiniteStream(fc.boolean()), (raw, sessions, turns) => {
        const [one, two] = [logOf(raw, sessions), logOf(raw, sessions.toReversed())];
        const log: Message[] = [];
        for (const turn of turns) {
          const next = (turn ? one : two).shift() ?? one.shift() ?? two.shift();
          if (next === undefined) break;
          log.push(next);
        }
        const { taken, gaps } = consume(log);
        expect(taken.map((message) => message.offset)).toEqual(everyRecord(raw));
        expect(gaps).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes nothing behind lost messages, alarms, and goes on by itself once they are refilled', () => {
    fc.assert(
      fc.property(anyRaw, fc.nat(), fc.nat({ max: 5 }), (raw, at, more) => {
        const whole = write(raw, -1, Infinity);
        const lost = at % whole.length;
        const log = whole.filter((_, index) => index < lost || index > lost + more);
        const before = consume(log);
        expect(before.taken).toEqual(whole.slice(0, lost));
        expect(before.gaps).toBe(log.length - lost);
        const refilled = consume([...log, ...write(raw, before.last, Infinity)]);
        expect(refilled.taken.map((message) => message.offset)).toEqual(everyRecord(raw));
      }),
      { numRuns: 1000 },
    );
  });

  it('goes on from any checkpoint: a consumer killed anywhere ends with the same', () => {
    fc.assert(
      fc.property(anyRaw, anySessions, fc.nat(), fc.nat(), (raw, sessions, kill, back) => {
        const log = logOf(raw, sessions);
        const killed = kill % (log.length + 1);
        const first = consume(log.slice(0, killed));
        const second = consume(log.slice(killed - (back % (killed + 1))), first.last);
        expect([...first.taken, ...second.taken].map((message) => message.offset)).toEqual(everyRecord(raw));
      }),
      { numRuns: 1000 },
    );
  });

  it('sees a checkpoint that lies before the log’s start as a gap at once', () => {
    expect(decideTake(-1, 5, 5)).toBe('gap');
    expect(decideTake(4, 5, 5)).toBe('take');
    expect(decideTake(4, 3, 5)).toBe('take');
    expect(decideTake(5, 5, 5)).toBe('repeat');
  });
});
