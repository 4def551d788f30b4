import { auditEventSchema, checkEvent } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvent } from '../src/index.ts';

describe('generated events', () => {
  it('are events that a producer may send and enrichment accepts', () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        expect(auditEventSchema.safeParse(event).error?.issues ?? []).toEqual([]);
        const line = Buffer.from(JSON.stringify(event));
        expect(
          checkEvent(line, Buffer.from(event.orgid), Date.parse('2026-06-01T00:00:00Z')),
        ).not.toHaveProperty('code');
      }),
    );
  });
});
