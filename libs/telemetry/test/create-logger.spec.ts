import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, withoutSecrets } from '../src/index.ts';

function lines(write: (log: ReturnType<typeof createLogger>) => void): string {
  const written: string[] = [];
  write(
    createLogger({
      service: 'test',
      level: 'trace',
      destination: { write: (line: string) => void written.push(line) },
    }),
  );
  return written.join('');
}

const NAMES = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'password',
  'clientSecret',
  'client_secret',
  'secretAccessKey',
  'sessionToken',
  'access_token',
  'token',
  'cookie',
  'set-cookie',
  'x-api-key',
  'AUDITORIUM_OIDC_CLIENT_SECRET',
];

describe('logs', () => {
  it('are one JSON object a line, with level, time, service and message', () => {
    const line = JSON.parse(lines((log) => log.info({ partition: 3 }, 'sealed'))) as Record<string, unknown>;
    expect(line).toMatchObject({ level: 'info', service: 'test', partition: 3, msg: 'sealed' });
    expect(String(line['time'])).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('carry no value of a secret name, at any depth, as text, list or quoted JSON', () => {
    const value = fc.string({ minLength: 8, unit: 'grapheme' }).map((s) => `HUNTER2${s}`);
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), value, fc.integer({ min: 0, max: 6 }), (name, secret, depth) => {
        let object: unknown = {
          [name]: secret,
          list: { [name]: [secret, secret] },
          quoted: JSON.stringify({ [name]: secret }),
          kept: 'visible',
        };
        for (let i = 0; i < depth; i++) object = { inner: object };
        const text = lines((log) => log.child({ bound: object }).warn({ object }, 'said'));
        expect(text).not.toContain('HUNTER2');
        expect(text).toContain('visible');
        JSON.parse(text);
      }),
    );
  });

  it('carry no credential that an error message brought along', () => {
    const text = lines((log) => {
      log.error(new Error('connect postgresql://app:hunter2@db:5432/x failed'), 'no database');
      log.error({ err: new Error('sent Authorization: Bearer hunter2hunter2') }, 'refused');
      log.error('POST /token grant_type=x&client_secret=hunter2&scope=y');
      log.error('connect postgresql://app:w@hunter2@db/x failed');
      log.error(
        `the token eyJhbGciOiJSUzI1NiJ9.${btoa('{"sub":"u_ada"}').replace(/=/g, '')}.hunter2hunter2 is old`,
      );
    });
    expect(text).not.toContain('hunter2');
    expect(text).toContain('app:[redacted]@db');
  });

  it('keep what is no secret', () => {
    const line = JSON.stringify({ tokens: 5, key: 'k', url: 'http://x/y', secretary: 7, broken: 'a "b" c' });
    expect(withoutSecrets(line)).toBe(line);
  });
});
