import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permissionPolicy, sessionNameOf, trustPolicy } from '../src/domain/access-policies.ts';
import {
  decide,
  type Destination,
  type DestinationCommand,
  type DestinationEvent,
  evolve,
  isActive,
  statusOf,
} from '../src/domain/destination.ts';
import { newDestinationSchema, overlap, ownerOf, settingsOf } from '../src/domain/destination-settings.ts';
import { divide } from '../src/domain/divide.ts';
import { failureOf, mayHaveWritten } from '../src/domain/failure.ts';
import { judgePut, pauseMs, rangeDue, planTime, suffixOf } from '../src/domain/window.ts';

const settings = settingsOf(
  newDestinationSchema.parse({
    bucket: 'acme-audit',
    roleArn: 'arn:aws:iam::123456789012:role/writer',
    prefix: 'audit',
  }),
  300,
);
const created: DestinationEvent = { type: 'created', org: 'org_acme', externalId: 'x', start: 0, settings };
const failure = fc
  .constantFrom('sts-access-denied', 's3-no-bucket')
  .map((code) => failureOf({ code, message: 'm' }, '2026-01-01T00:00:00Z'));

const command: fc.Arbitrary<DestinationCommand> = fc.oneof(
  fc.record({
    do: fc.constant('change' as const),
    settings: fc.record(
      {
        name: fc.string(),
        bucket: fc.constantFrom('acme-audit', 'other'),
        windowSeconds: fc.constantFrom(60, 300),
      },
      { requiredKeys: [] },
    ),
    mayHaveWritten: fc.boolean(),
  }),
  fc.record({ do: fc.constant('find-region' as const), region: fc.constantFrom('eu-west-1', 'us-east-1') }),
  fc.record({ do: fc.constant('test' as const), failure: fc.option(failure) }),
  fc.record({ do: fc.constantFrom('fail' as const, 'conflict' as const), failure }),
  fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const, 'succeed' as const) }),
);

const apply = (state: Destination, wanted: DestinationCommand): Destination => {
  const decision = decide(state, wanted);
  return 'events' in decision ? decision.events.reduce<Destination>(evolve, state) : state;
};

describe('a destination', () => {
  const begin = evolve(undefined, created);

  it('Beyond 6: keeps its external ID and org whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const end = commands.reduce(apply, begin);
        expect([end.externalId, end.org]).toEqual(['x', 'org_acme']);
      }),
    );
  });

  it('is what its history says, however often it is read', () => {
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const history: DestinationEvent[] = [created];
        let state = begin;
        for (const wanted of commands) {
          const decision = decide(state, wanted);
          if ('events' in decision) history.push(...decision.events);
          state = apply(state, wanted);
        }
        expect(JSON.parse(JSON.stringify(history)).reduce(evolve, undefined)).toEqual(state);
      }),
    );
  });

  it('Beyond 11: has one status, and is sent to exactly when neither paused, in conflict nor deleted', () => {
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const end = commands.reduce(apply, begin);
        expect(isActive(end)).toBe(!['paused', 'conflict', 'deleted'].includes(statusOf(end)));
      }),
    );
  });

  it('does not begin again once deleted', () => {
    const deleted = apply(begin, { do: 'delete' });
    fc.assert(
      fc.property(command, (wanted) => void expect(decide(deleted, wanted)).toHaveProperty('refused')),
    );
  });

  it('its place is fixed once something may have been written', () => {
    const move = (written: boolean) =>
      decide(begin, { do: 'change', settings: { bucket: 'other' }, mayHaveWritten: written });
    expect(move(true)).toHaveProperty('refused');
    expect(move(false)).toHaveProperty('events');
  });

  it('remembers a cause once, not each time', () => {
    const denied = failureOf({ code: 's3-access-denied', message: '' }, 'now');
    const failing = apply(begin, { do: 'fail', failure: denied });
    expect(decide(failing, { do: 'fail', failure: { ...denied, at: 'later' } })).toHaveProperty('ignored');
    expect(statusOf(apply(failing, { do: 'succeed' }))).toBe('healthy');
  });
});

describe('settings of a destination', () => {
  it('a prefix becomes a path, and cannot climb, match or escape', () => {
    const prefixOf = (prefix: string) => newDestinationSchema.safeParse({ ...settings, prefix }).data?.prefix;
    expect([prefixOf(''), prefixOf('a'), prefixOf('a/b/')]).toEqual(['', 'a/', 'a/b/']);
    for (const bad of [
      '/',
      '//a',
      '/a',
      'a//b',
      '..',
      'a/../b',
      './a',
      'a*',
      'a?b',
      'ä',
      'a b',
      '${aws:username}',
    ]) {
      expect(prefixOf(bad), bad).toBeUndefined();
    }
  });

  it('there is no setting for a static key', () => {
    expect(newDestinationSchema.safeParse({ ...settings, accessKeyId: 'AKIA' }).success).toBe(false);
  });

  it('places overlap exactly when one key could lie in both', () => {
    const prefix = fc
      .array(fc.constantFrom('a', 'b'), { maxLength: 3 })
      .map((parts) => parts.map((part) => `${part}/`).join(''));
    fc.assert(
      fc.property(prefix, prefix, fc.boolean(), (a, b, same) => {
        const both = overlap({ bucket: 'x', prefix: a }, { bucket: same ? 'x' : 'y', prefix: b });
        expect(both).toBe(
          same &&
            (`${a}${b}`.startsWith(b) || `${b}${a}`.startsWith(a)) &&
            (a.startsWith(b) || b.startsWith(a)),
        );
      }),
    );
  });

  it('asks for s3:PutObject below the prefix, and for the key where one is set, and for nothing else', () => {
    expect(permissionPolicy(settings).Statement).toEqual([
      { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::acme-audit/audit/*' },
    ]);
    const kmsKeyArn = 'arn:aws-cn:kms:cn-north-1:123456789012:key/k';
    const china = { ...settings, roleArn: 'arn:aws-cn:iam::123456789012:role/w', kmsKeyArn };
    expect(permissionPolicy(china).Statement).toEqual([
      { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws-cn:s3:::acme-audit/audit/*' },
      { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: kmsKeyArn },
    ]);
    expect(JSON.stringify(trustPolicy('arn:us', 'x'))).toContain('"sts:ExternalId":"x"');
  });

  it('AK2: the session is named after the org, also where STS finds that too short', () => {
    expect([sessionNameOf('org_acme'), sessionNameOf('a')]).toEqual(['org_acme', 'a.']);
    expect(ownerOf(settings)).toBe('123456789012');
    expect(ownerOf({ ...settings, bucketOwner: '999999999999' })).toBe('999999999999');
  });
});

describe('a window', () => {
  it('goes from the cursor to the head, or is none', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (cursor, head) => {
        const range = rangeDue(cursor, head);
        expect(range).toEqual(head > cursor ? { first: cursor + 1, last: head } : undefined);
      }),
    );
  });

  it('412 is success only after an attempt that may have written', () => {
    expect([judgePut('written', false), judgePut('exists', true), judgePut('exists', false)]).toEqual([
      'written',
      'found',
      'conflict',
    ]);
    const certain = [
      's3-access-denied',
      's3-no-bucket',
      's3-wrong-region',
      'sts-access-denied',
      'sts-unavailable',
    ];
    expect(certain.map(mayHaveWritten)).toEqual(certain.map(() => false));
    const unknown = ['s3-unavailable', 's3-timeout', 's3-throttled', 's3-busy', 's3-unexpected', 'internal'];
    expect(unknown.map(mayHaveWritten)).toEqual(unknown.map(() => true));
  });

  it('pauses grow to ten minutes, never in step', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const pause = pauseMs(failures, random);
          expect(pause).toBeGreaterThanOrEqual(2_500);
          expect(pause).toBeLessThanOrEqual(600_000);
          expect(pauseMs(failures + 1, random)).toBeGreaterThanOrEqual(pause);
        },
      ),
    );
  });

  it('plans never share a suffix', () => {
    expect(suffixOf('a')).toMatch(/^[0-9a-f]{10}$/);
    expect(suffixOf('a')).not.toBe(suffixOf('b'));
  });

  it('plans of an org are made one after another, whatever the clock says', () => {
    const at = (ms: number) => new Date(ms);
    expect(planTime(at(5), undefined)).toEqual(at(5));
    expect(planTime(at(5), at(4))).toEqual(at(5));
    expect(planTime(at(5), at(5))).toEqual(at(6));
    expect(planTime(at(5), at(9))).toEqual(at(10));
  });

  it('parts that a layout does not list are in the order of their names; a range that it cannot express has one', () => {
    const layout = {
      name: 't',
      version: 1,
      contentType: '',
      compression: 'none' as const,
      parts: [],
      keyOf: () => '',
      read: () => expect.unreachable(),
      partOf: (line: Buffer) => (line.length === 0 ? undefined : line.toString().slice(0, 1)),
    };
    const { parts } = divide(layout, Buffer.from('b1\na1\n\nb2\n'));
    expect([...parts].map(([part, { lines, count }]) => [part, lines.toString(), count])).toEqual([
      ['a', 'a1\n', 1],
      ['b', 'b1\nb2\n', 2],
    ]);
    const nothing = divide(layout, Buffer.from('\n\n'));
    expect([nothing.parts.size, nothing.quarantined]).toEqual([1, 2]);
  });

  it('every line goes to one part of its layout or is counted as quarantined', () => {
    const layout = {
      name: 't',
      version: 1,
      contentType: '',
      compression: 'none' as const,
      parts: ['even', 'odd'],
      keyOf: () => '',
      read: () => expect.unreachable(),
      partOf: (line: Buffer) => (line.length > 5 ? undefined : line.length % 2 === 0 ? 'even' : 'odd'),
    };
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 })), (texts) => {
        const { parts, quarantined } = divide(layout, Buffer.from(texts.map((text) => `${text}\n`).join('')));
        const sum = [...parts.values()].reduce((total, { count }) => total + count, 0);
        expect(sum + quarantined).toBe(texts.length);
        const even = texts.filter((text) => text.length <= 5 && text.length % 2 === 0);
        expect(parts.get('even')?.lines.toString()).toBe(even.map((text) => `${text}\n`).join(''));
      }),
    );
  });
});
