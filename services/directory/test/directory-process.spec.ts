import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACME, createWorld } from './harness.ts';
import type { World } from './harness.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

let world: World;
const children: ChildProcess[] = [];
beforeAll(async () => {
  if (!existsSync(MAIN))
    throw new Error('this test runs what is deployed: build the package first (npx tsc -b)');
  world = await createWorld();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => world.close());

function launch(changes: Record<string, string> = {}): {
  child: ChildProcess;
  output: () => string;
  exit: Promise<number | null>;
} {
  const env = { PATH: process.env['PATH'], ...world.env, ...changes };
  const child = spawn(process.execPath, ['--import', '@auditorium/telemetry/register', MAIN], {
    env,
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, output: () => text, exit };
}

async function start(): Promise<Process> {
  const launched = launch();
  await expect.poll(launched.output, { timeout: 30_000 }).toContain('"listening"');
  const url = /"url":"([^"]+)"/.exec(launched.output())?.[1] ?? '';
  return { ...launched, url };
}

describe('the process', () => {
  it('refuses a setting that nobody knows, says which was meant, and prints no secret', async () => {
    const { exit, output } = launch({
      AUDITORIUM_KAFKA_BROKER: 'x:1',
      AUDITORIUM_DATABASE_URL: 'mysql://me:hunter2@db/x',
    });
    expect(await exit).toBe(1);
    expect(output()).toContain('did you mean AUDITORIUM_KAFKA_BROKERS?');
    expect(output()).toContain('AUDITORIUM_DATABASE_URL is not valid');
    expect(output()).not.toContain('hunter2');
  });

  it('that cannot reach its database ends with one fatal line without the password', async () => {
    const { exit, output } = launch({ AUDITORIUM_DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/x' });
    expect(await exit).toBe(1);
    expect(output()).toContain('"level":"fatal"');
    expect(output()).not.toContain('hunter2');
  });

  it('killed with SIGKILL after an answer has lost nothing of it; the next one publishes it', async () => {
    const first = await start();
    expect((await world.as('operator', first.url)('POST', '/api/v1/orgs', ACME)).status).toBe(201);
    first.child.kill('SIGKILL');
    await first.exit;
    const second = await start();
    expect((await world.as('u_ada', second.url)('GET', '/api/v1/me')).body['orgs']).toMatchObject([
      { id: 'org_acme', admin: true },
    ]);
    await expect
      .poll(async () => (await world.read('access')).at(-1)?.json, { timeout: 20_000 })
      .toMatchObject({ org: 'org_acme', members: [{ user: 'u_ada' }] });
    await expect
      .poll(async () => (await world.read('raw')).map(({ json }) => json['type']), { timeout: 20_000 })
      .toEqual(['org.created', 'member.added']);
  });

  it('told to stop answers what it has begun, turns not ready, and exits 0', async () => {
    const running = await start();
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
    const operator = world.as('operator', running.url);
    const answers = Array.from({ length: 20 }, (_, i) =>
      operator('POST', '/api/v1/orgs', { ...ACME, id: `org_${String(i)}`, slug: `s${String(i)}` }),
    );
    await Promise.race(answers);
    running.child.kill('SIGTERM');
    const settled = await Promise.allSettled(answers);
    expect(await running.exit).toBe(0);
    expect(running.output()).toContain('"stopped"');
    // Whoever got an answer was served; whoever did not was never begun.
    const created = settled
      .filter((answer) => answer.status === 'fulfilled')
      .map(({ value }) => value.status);
    expect(created.every((status) => status === 201)).toBe(true);
    expect(created.length).toBeGreaterThan(0);
    expect(running.output()).not.toMatch(/Bearer ey|eyJhbGciOi/);
  });
});
