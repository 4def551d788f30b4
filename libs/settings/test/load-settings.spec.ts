import { inspect } from 'node:util';
import { isAuditoriumError } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  flag,
  httpSettings,
  integer,
  kafkaSettings,
  list,
  loadSettings,
  postgresSettings,
  secret,
} from '../src/index.ts';

const schema = z.object({
  ...httpSettings,
  ...postgresSettings,
  AUDITORIUM_SEAL_INTERVAL_MS: integer(100, 60_000).default(10_000).describe('Time between two segments, ms'),
});
const good = { AUDITORIUM_PORT: '4401', AUDITORIUM_DATABASE_URL: 'postgresql://a:hunter2@localhost/db' };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadSettings(schema, env);
  } catch (error) {
    if (isAuditoriumError(error, 'settings-invalid')) return error.facts['problems'] as string[];
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('are read with their defaults', () => {
    const settings = loadSettings(schema, { ...good, HOME: '/root', AUDITORIUM_HOST: '' });
    expect(settings.AUDITORIUM_PORT).toBe(4401);
    expect(settings.AUDITORIUM_SEAL_INTERVAL_MS).toBe(10_000);
    expect(settings.AUDITORIUM_HOST).toBe('0.0.0.0');
  });

  it('refuse a name nobody knows, and say which one was meant', () => {
    expect(problemsOf({ ...good, AUDITORIUM_SEAL_INTERVAL: '2000' })).toEqual([
      'AUDITORIUM_SEAL_INTERVAL is not a setting of this service; did you mean AUDITORIUM_SEAL_INTERVAL_MS?',
    ]);
  });

  it('let one environment be shared: names of the platform that this service does not use are no error', () => {
    expect(problemsOf({ ...good, AUDITORIUM_LEDGER_BUCKET: 'b', AUDITORIUM_KAFKA_BROKERS: 'x:1' })).toEqual(
      [],
    );
  });

  it('name everything that is wrong at once', () => {
    const problems = problemsOf({
      AUDITORIUM_PORT: 'http',
      AUDITORIUM_LOG_LEVEL: 'loud',
      AUDITORIUM_PROT: '1',
    });
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).toContain('AUDITORIUM_DATABASE_URL is missing');
  });

  it('never print a secret, whether it is valid or not', () => {
    const settings = loadSettings(schema, good);
    expect(JSON.stringify(settings) + inspect(settings)).not.toContain('hunter2');
    expect(problemsOf({ ...good, AUDITORIUM_DATABASE_URL: 'mysql://a:hunter2@x' }).join()).not.toContain(
      'hunter2',
    );
    const optional = z.object({ AUDITORIUM_KEY: secret(z.string()).optional().describe('a key') });
    expect(JSON.stringify(loadSettings(optional, { AUDITORIUM_KEY: 'hunter2' }))).toContain('[secret]');
  });

  it('take lists, flags and numbers as they are written and nothing looser', () => {
    expect(list().parse(' a:1, b:2 ,')).toEqual(['a:1', 'b:2']);
    expect(flag().safeParse('yes').success).toBe(false);
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), (n) => integer(0, 1e9).parse(String(n)) === n));
    fc.assert(fc.property(fc.string(), (s) => /^-?\d{1,16}$/.test(s) || !integer(0).safeParse(s).success));
    expect(kafkaSettings.AUDITORIUM_PARTITIONS.parse(undefined)).toBe(12);
  });
});
