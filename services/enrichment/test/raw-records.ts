import fc from 'fast-check';
import { rawHeadersOf } from '@auditorium/events';
import type { RawRecord } from '../src/domain/decide-verdict.ts';

/** When every record of a test was appended. */
export const APPENDED = Date.parse('2026-03-01T12:00:00Z');

/** The bytes of a valid event. */
export function lineOf(org: string, id: string, note = '', source = 'shop'): Buffer {
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id,
      source,
      type: 'project.renamed',
      time: '2026-03-01T11:59:59Z',
      orgid: org,
      data: {
        actor: { type: 'user', id: 'u_1' },
        targets: [{ type: 'project', id: 'p_1' }],
        outcome: 'success',
        metadata: { note },
      },
    }),
  );
}

/** A record, or `undefined` where Kafka left a hole. */
export type Slot = Omit<RawRecord, 'offset'> | undefined;

const anyOrigin = fc.option(
  fc.record({ outbox: fc.constantFrom('shop/1', 'shop/2', 'import/abc'), sequence: fc.nat({ max: 12 }) }),
  { nil: undefined },
);

const anyValue = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), fc.constantFrom('x', 'y')),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, '{', '[]', '{"specversion":"1.0"}\n') },
);

/** A slot of a raw partition in which identities, contents and sequences often meet again. */
export const anySlot: fc.Arbitrary<Slot> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  {
    weight: 8,
    arbitrary: fc
      .record({
        org: fc.constantFrom('org_a', 'org_b'),
        value: anyValue,
        origin: anyOrigin,
        keyed: fc.nat({ max: 12 }),
      })
      .map(({ org, value, origin, keyed }) => ({
        timestamp: APPENDED,
        key: keyed === 0 ? null : Buffer.from(org),
        value: Array.isArray(value)
          ? lineOf(org, value[0], value[1])
          : value === null
            ? null
            : Buffer.from(value),
        headers: origin === undefined ? {} : rawHeadersOf(origin),
      })),
  },
);
