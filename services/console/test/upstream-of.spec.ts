import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upstreamOf } from '../src/domain/upstream-of.ts';

describe('who answers a public path', () => {
  it.each([
    ['/api/v1/me', 'directory'],
    ['/api/v1/orgs', 'directory'],
    ['/api/v1/orgs/acme', 'directory'],
    ['/api/v1/orgs/acme/plan', 'directory'],
    ['/api/v1/orgs/acme/members', 'directory'],
    ['/api/v1/orgs/acme/groups/g_1', 'directory'],
    ['/api/v1/orgs/acme/roles', 'directory'],
    ['/api/v1/orgs/acme/actors/user/u%201', 'directory'],
    ['/api/v1/orgs/acme/events', 'query'],
    ['/api/v1/orgs/acme/events/4-12', 'query'],
    ['/api/v1/quarantine', 'query'],
    ['/api/v1/quarantine/4-12/resubmit', 'query'],
    ['/api/v1/gaps/enrichment', 'enrichment'],
    ['/api/v1/gaps/ledger', 'delivery'],
    ['/api/v1/gaps/view', 'query'],
    ['/api/v1/gaps/3/refill', 'enrichment'],
    ['/api/v1/gaps/3/accept', 'enrichment'],
    ['/api/v1/orgs/acme/destinations', 'delivery'],
    ['/api/v1/orgs/acme/destinations/d_1/test', 'delivery'],
    ['/api/v1/orgs/acme/reconciliation', 'delivery'],
  ])('%s goes to %s as it is', (path, upstream) => {
    expect(upstreamOf(path)).toEqual({ upstream, path });
  });

  it('hands out the API descriptions of the services', () => {
    expect(upstreamOf('/openapi/query.json')).toEqual({ upstream: 'query', path: '/openapi.json' });
  });

  it.each([
    '/internal/v1/names',
    '/api/v1/internal',
    '/api/v1/orgs/acme/events/../../../../internal/v1/names',
    '/api/v1/orgs/acme/events/%2e%2e/%2E%2E/internal',
    '/api/v1/orgs/acme/events/..%2f..%2finternal',
    '/api/v1/orgs/acme/events\\..\\internal',
    '/api/v1/orgs//events',
    '/api/v1/orgs/acme/unheard-of',
    '/api/v1/quarantined',
    '/api/v1/gaps',
    '/api/v1/gaps/3/forget',
    '/api/v1/gaps/enrichment/x',
    '/livez',
  ])('%s goes nowhere', (path) => {
    expect(upstreamOf(path)).toBeUndefined();
  });

  it('never forwards a path that the services could read as an internal one', () => {
    const piece = fc.constantFrom(
      'api',
      'v1',
      'orgs',
      'acme',
      'events',
      'internal',
      '..',
      '.',
      '%2e%2e',
      '%2F',
      '',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const forward = upstreamOf(`/${pieces.join('/')}`);
        if (!forward) return;
        expect(new URL(forward.path, 'http://there').pathname).toBe(forward.path);
        expect(forward.path.startsWith('/api/v1/')).toBe(true);
      }),
    );
  });
});
