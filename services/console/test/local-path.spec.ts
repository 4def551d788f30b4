import { describe, expect, it } from 'vitest';
import { localPath } from '../src/web/session/session.ts';

describe('where the sign-in comes back to', () => {
  it.each(['/', '/orgs/acme/events?text=a%20b&actor=user/u_1', '/orgs/acme/events/3-7'])(
    'is the page that was asked for: %s',
    (path) => expect(localPath(path)).toBe(path),
  );

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n\\evil.example',
    'javascript:alert(1)',
  ])('is never somewhere else: %j', (path) => expect(localPath(path)).toBe('/'));
});
