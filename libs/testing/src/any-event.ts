import { type AuditEvent, LIMITS } from '@auditorium/events';
import fc from 'fast-check';

/** Any text that can be stored: well-formed Unicode without NUL, of at most `bytes` bytes of UTF-8. */
export const anyText = (bytes = 64): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(bytes, 40) })
    .filter((text) => text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= bytes);

/** An org id. */
export const anyOrg: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z0-9_-]{1,56}$/);

/** An action, `noun.verb`. */
const anyAction: fc.Arbitrary<string> = fc.constantFrom(
  'project.created',
  'project.renamed',
  'user.invited',
  'api-key.revoked',
  'deployment.promoted',
  'session.started',
);

/** A time of the last ten years, RFC 3339, with offsets and fractions of every length. */
export const anyTime: fc.Arbitrary<string> = fc
  .tuple(
    fc.date({
      min: new Date('2016-01-01T00:00:00Z'),
      max: new Date('2026-01-01T00:00:00Z'),
      noInvalidDate: true,
    }),
    fc.constantFrom('Z', '+00:00', '+05:30', '-08:00'),
    fc.stringMatching(/^(\.[0-9]{1,9})?$/),
  )
  .map(([date, offset, fraction]) => `${date.toISOString().slice(0, 19)}${fraction}${offset}`);

const anySubject = fc.record({
  type: fc.constantFrom('user', 'api-key', 'project', 'service'),
  id: anyText(200),
});
const anyTarget = fc.record(
  { type: fc.constantFrom('project', 'user', 'deployment'), id: anyText(200), name: anyText() },
  { requiredKeys: ['type', 'id'] },
);
const anyContext = fc.record(
  { ip: fc.ipV4(), userAgent: anyText(), requestId: fc.uuid(), traceId: fc.stringMatching(/^[0-9a-f]{32}$/) },
  { requiredKeys: [] },
);

/** JSON of moderate size and depth, of text that can be stored. */
export const anyJson: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
  .filter(isStorable);

function isStorable(value: unknown): boolean {
  const json = JSON.stringify(value);
  return (
    json.isWellFormed() && !json.includes('\\u0000') && !json.includes('\\ud') && !json.includes('__proto__')
  );
}

/** An event that enrichment accepts when it comes with the right key, in the right partition, for the first time. */
export const anyEvent = (org: fc.Arbitrary<string> = anyOrg): fc.Arbitrary<AuditEvent> =>
  fc
    .record({
      id: anyText(LIMITS.idBytes),
      source: fc.webPath({ size: 'small' }).map((path) => `product${path}`.slice(0, 200)),
      type: anyAction,
      time: anyTime,
      orgid: org,
      data: fc.record(
        {
          actor: anySubject,
          targets: fc.array(anyTarget, { maxLength: 3 }),
          outcome: fc.constantFrom('success', 'failure', 'denied'),
          context: anyContext,
          before: anyJson,
          after: anyJson,
          metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,12}$/), anyJson, { maxKeys: 5 }),
        },
        { requiredKeys: ['actor', 'targets', 'outcome'] },
      ),
    })
    .map((event) => ({ specversion: '1.0', ...withSubject(event) }) as AuditEvent);

function withSubject<E extends { data: { targets: { type: string; id: string }[] } }>(event: E): E {
  const [first] = event.data.targets;
  return first ? { ...event, subject: `${first.type}/${first.id}` } : event;
}

/** The bytes of an event as a producer sends them: one line of JSON, without the newline. */
export const anyLine = (org?: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  anyEvent(org).map((event) => Buffer.from(JSON.stringify(event)));
