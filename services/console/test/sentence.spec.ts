import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventTarget, LoggedEvent } from '../src/web/api/types.ts';
import { plainSentence, words } from '../src/web/log/sentence.ts';

function event(type: string, targets: EventTarget[], actorname: string | null = 'Ada Marsh'): LoggedEvent {
  return {
    key: '0-1',
    specversion: '1.0',
    id: '1',
    source: 's',
    type,
    time: '2026-11-21T12:00:00Z',
    actorname,
    data: { actor: { type: 'user', id: 'u_ada' }, targets, outcome: 'success' },
  };
}

const target = (type: string, name: string): EventTarget => ({ type, id: `${type}_1`, name });

describe('an event as a sentence', () => {
  it.each([
    ['project.renamed', [target('project', 'Atlas')], 'Ada Marsh renamed project Atlas'],
    ['api_key.created', [target('api_key', 'CI key')], 'Ada Marsh created API key CI key'],
    ['user.signed_in', [{ type: 'user', id: 'u_ada' }], 'Ada Marsh signed in'],
    ['user.signed_in', [target('session', 'web')], 'Ada Marsh signed in · web'],
    ['user.locked', [target('user', 'Bo')], 'Ada Marsh locked user Bo'],
    [
      'role.granted',
      [target('user', 'Priya'), target('role', 'Release')],
      'Ada Marsh granted role Release and 1 more',
    ],
    ['s3.GetObject', [target('bucket', 'exports')], 'Ada Marsh called S3 GetObject on exports'],
    ['org.created', [], 'Ada Marsh created org'],
  ])('%s', (type, targets, sentence) => {
    expect(plainSentence(event(type, targets))).toBe(sentence);
  });

  it('WS6 names an erased actor by id alone', () => {
    expect(plainSentence(event('project.renamed', [target('project', 'Atlas')], null))).toBe(
      'u_ada renamed project Atlas',
    );
  });

  it('has words for whatever a producer calls its action', () => {
    fc.assert(
      fc.property(fc.string(), (type) => {
        expect(plainSentence(event(type, []))).toContain('Ada Marsh');
      }),
    );
  });

  it('reads every way of writing a name', () => {
    expect(['projectGroup', 'API_KEY', 'sign-in', 'HTTPServer'].map(words)).toEqual([
      'project group',
      'API key',
      'sign in',
      'http server',
    ]);
  });
});
