import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEnrichedHeaders, encodeEnrichedHeaders, REJECTION_CODES, rawHeadersOf } from '../src/index.ts';
import { anyText } from './any-event.ts';

const offset = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const anyHeaders = fc.record(
  {
    verdict: fc.constantFrom('accepted' as const, 'rejected' as const, 'repeat' as const),
    rawOffset: offset,
    rawFrom: offset,
    code: fc.constantFrom(...REJECTION_CODES),
    id: anyText,
    source: anyText,
    type: anyText,
    digest: fc.stringMatching(/^[0-9a-f]{32}$/),
    length: fc.nat(),
    outbox: anyText,
    sequence: offset,
  },
  { requiredKeys: ['verdict', 'rawOffset', 'rawFrom', 'digest'] },
);

describe('the headers of a verdict', () => {
  it('come back as they were written, as text and as bytes', () => {
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const encoded = encodeEnrichedHeaders(headers);
        expect(decodeEnrichedHeaders(encoded)).toEqual(headers);
        const bytes = Object.fromEntries(
          Object.entries(encoded).map(([name, text]) => [name, Buffer.from(text)]),
        );
        expect(decodeEnrichedHeaders(bytes)).toEqual(headers);
      }),
    );
  });

  it('are none when something essential is missing or is no number', () => {
    const good = { verdict: 'accepted', 'raw-offset': '7', 'raw-from': '7', digest: 'ab' };
    expect(decodeEnrichedHeaders(good)).toMatchObject({ rawOffset: 7 });
    for (const name of Object.keys(good))
      expect(decodeEnrichedHeaders({ ...good, [name]: undefined })).toBeUndefined();
    for (const number of ['', '-1', '1e3', '9'.repeat(17), '9'.repeat(16)]) {
      expect(decodeEnrichedHeaders({ ...good, 'raw-offset': number })).toBeUndefined();
    }
    expect(decodeEnrichedHeaders({ ...good, verdict: 'maybe' })).toBeUndefined();
  });

  it('of a raw message name the outbox and the number in it', () => {
    expect(rawHeadersOf({ outbox: 'shop/3', sequence: 42 })).toEqual({
      outbox: 'shop/3',
      'outbox-seq': '42',
    });
  });
});
