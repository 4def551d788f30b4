import { createHash } from 'node:crypto';
import { LIMITS } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepeatMemory, type Known } from '../src/domain/repeat-memory.ts';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The same as a list, without any index. */
class PlainMemory {
  #entries: { identity: string; digest: string; offset: number }[] = [];
  readonly #span: number;
  constructor(span: number) {
    this.#span = span;
  }
  look(identity: string, digest: string, offset: number): Known {
    const found = this.#entries.findLast((e) => e.identity === identity && e.offset >= offset - this.#span);
    if (found === undefined) return 'new';
    return found.digest === digest ? 'same' : 'other';
  }
  remember(identity: string, digest: string, offset: number): void {
    this.#entries.push({ identity, digest, offset });
  }
}

describe('the memory for repeats', () => {
  const step = fc.record({
    id: fc.nat({ max: 40 }),
    content: fc.nat({ max: 1 }),
    skip: fc.nat({ max: 4 }),
    keep: fc.boolean(),
  });

  it('knows what a plain list of the last offsets knows, saved and read back at any time', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat({ max: 50 }),
        (steps, span, every) => {
          let memory = new RepeatMemory(span);
          const plain = new PlainMemory(span);
          let offset = 0;
          steps.forEach(({ id, content, skip, keep }, index) => {
            offset += 1 + skip;
            const [identity, digest] = [hex(`id${id}`), hex(`c${content}`)];
            expect(memory.look(identity, digest, offset)).toBe(plain.look(identity, digest, offset));
            if (keep) {
              memory.remember(identity, `${digest}ffff`, offset);
              plain.remember(identity, digest, offset);
            }
            if (index % (every + 1) === every)
              memory = RepeatMemory.import(memory.export(offset), offset, span);
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('holds 200,000 identities in a dozen megabytes and forgets the oldest', () => {
    const before = process.memoryUsage().arrayBuffers;
    const memory = new RepeatMemory();
    const total = LIMITS.repeatMemory * 2 + 1;
    for (let offset = 0; offset < total; offset += 1) memory.remember(hex(String(offset)), hex('x'), offset);
    expect(memory.size).toBeLessThanOrEqual(LIMITS.repeatMemory + 1);
    expect(memory.look(hex(String(LIMITS.repeatMemory)), hex('x'), total - 1)).toBe('same');
    expect(memory.look(hex(String(LIMITS.repeatMemory + 1)), hex('x'), total)).toBe('same');
    expect(memory.look(hex(String(LIMITS.repeatMemory + 1)), hex('y'), total)).toBe('other');
    expect(memory.look(hex(String(LIMITS.repeatMemory)), hex('x'), total)).toBe('new');
    globalThis.gc?.();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
  });
});
