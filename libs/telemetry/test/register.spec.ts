import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
/** Imports as our services do, as ES modules, and says whether the instrumentation got hold of them. */
const PROBE = `
const { default: kafkajs } = await import('kafkajs');
const { default: pg } = await import('pg');
console.log(JSON.stringify({
  kafkajs: kafkajs.Kafka.prototype.producer.__wrapped === true,
  pg: pg.Client.prototype.query.__wrapped === true,
}));
process.exit(0);`;

async function probe(env: Record<string, string>): Promise<unknown> {
  const args = [
    '--conditions=@auditorium/source',
    '--import',
    '@auditorium/telemetry/register',
    '--input-type=module',
    '-e',
    PROBE,
  ];
  const { stdout } = await run(process.execPath, args, {
    cwd: PACKAGE,
    env: { PATH: process.env['PATH'], ...env },
  });
  return JSON.parse(stdout);
}

describe('the register file', () => {
  it('gets hold of ES modules when an exporter is set', async () => {
    expect(await probe({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toEqual({
      kafkajs: true,
      pg: true,
    });
  });

  it('does nothing when none is', async () => {
    expect(await probe({})).toEqual({ kafkajs: false, pg: false });
  });
});
