import fc from 'fast-check';

/**
 * Takes the escapes out of names. V8's JSON.parse (Node 24.21, nodejs/node#63785) takes some names with escapes for those of an object that it
 * has parsed before: after `{"x":{" ":{},"\\\\":{}}}` it reads `{"x":{" ":{},"\\b":{}}}` with the name `\\\\`. What is compared
 * with JSON.parse does without them; duplicate-names.spec.ts compares them otherwise.
 */
function withPlainNames(json: string): string {
  return json.replace(/"((?:[^"\\]|\\.)*)"(:?)/g, (token, name: string, colon: string) =>
    colon === '' ? token : `"${withoutEscapes(name)}":`,
  );
}

function withoutEscapes(json: string): string {
  return json.replace(/\\(?:u[0-9a-f]{4}|.)/g, '_');
}

/** Text as producers write it: any Unicode, quotes, backslashes, but nothing that an event may not hold. */
export const anyText = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\t', '\u2028', '😀'),
  )
  .map((text) => text.toWellFormed().replaceAll('\0', ''));

const filled = anyText.map((text) => `x${text}`);
const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
export const anyOrg = fc.stringMatching(/^[A-Za-z0-9_-]{1,56}$/);
const anyJson = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
  .map((value) => JSON.parse(withPlainNames(JSON.stringify(value).replaceAll('\\u0000', ''))) as unknown);
const plainName = filled.map((name) => withoutEscapes(JSON.stringify(name).slice(1, -1)));

const thing = fc.record({ type: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/), id: filled });

/** A valid event of `org`, as a producer would build it. */
export function anyEventOf(org: string): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    {
      specversion: fc.constant('1.0'),
      id: filled,
      source: filled,
      type: fc.tuple(word, word).map((parts) => parts.join('.')),
      time: fc
        .date({ min: new Date('1970-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      orgid: fc.constant(org),
      subject: anyText,
      dataschema: anyText,
      traceparent: anyText,
      sampledrate: fc.integer(),
      data: fc.record(
        {
          actor: thing,
          targets: fc.array(thing, { maxLength: 3 }),
          outcome: fc.constantFrom('success', 'failure', 'denied'),
          context: fc.record({ ip: anyText, userAgent: anyText, requestId: anyText }, { requiredKeys: [] }),
          before: anyJson,
          after: anyJson,
          metadata: fc.dictionary(plainName, anyJson, { maxKeys: 6 }),
        },
        { requiredKeys: ['actor', 'targets', 'outcome'] },
      ),
    },
    { requiredKeys: ['specversion', 'id', 'source', 'type', 'time', 'orgid', 'data'] },
  );
}

/** A valid event with the org that it belongs to. */
export const anyEvent = anyOrg.chain((org) => fc.record({ org: fc.constant(org), event: anyEventOf(org) }));

/** JSON with spaces and tabs wherever JSON allows them, and needless escapes in values. */
export function spaced(value: unknown): string {
  return JSON.stringify(value, null, '\t').replaceAll('\n', ' ');
}

/** A plain valid event, to change one thing about. */
export function plainEvent(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: '0192f3c4-0000-7000-8000-000000000001',
    source: 'https://shop.example/projects',
    type: 'project.renamed',
    time: '2026-03-01T12:00:00.123Z',
    subject: 'project/p_7',
    orgid: 'org_acme',
    data: {
      actor: { type: 'user', id: 'u_1' },
      targets: [{ type: 'project', id: 'p_7', name: 'Apollo' }],
      outcome: 'success',
      context: { ip: '192.0.2.1', userAgent: 'curl/8', requestId: 'r_1' },
    },
    ...change,
  };
}
