import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment, nodeBinary } from '@auditorium/local';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CrashControl } from '../crash/crash-control.ts';

let control: CrashControl;
beforeAll(async () => {
  control = await CrashControl.listen(join(mkdtempSync(join(tmpdir(), 'faults-')), 'hits.ndjson'));
});
afterAll(() => control.close());

/** Passes `sealer.after-put` ten times and ends well, unless it is killed. */
const PROGRAM = `
const reached = globalThis[Symbol.for('auditorium.crash-points')];
for (let pass = 1; pass <= 10; pass += 1) { reached('sealer.before-row'); console.log(pass); reached('sealer.after-put'); }
`;

async function live(
  instance: string,
): Promise<{ passes: number; code: number | null; signal: string | null }> {
  const { env, preload } = control.settingsOf(instance);
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    preload,
    '--input-type=module',
    '-e',
    PROGRAM,
  ];
  const child = spawn(nodeBinary(), args, {
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { passes: printed.split('\n').length - 1, code, signal };
}

it('a process that nobody wants dead lives, and is kept alive by nothing', async () => {
  expect(await live('delivery-1')).toEqual({ passes: 10, code: 0, signal: null });
});

it('a process dies at the point, at the pass that was asked for, and writes it down', async () => {
  const arming = control.arm('delivery', 'sealer.after-put', 3);
  expect(await live('delivery-2')).toMatchObject({ code: null, signal: 'SIGKILL' });
  expect(await arming.hit).toBe('delivery-2');
  expect(control.hits()).toMatchObject([{ point: 'sealer.after-put', instance: 'delivery-2' }]);
});

it('the next one lives: a point is armed for one death', async () => {
  expect(await live('delivery-2')).toMatchObject({ code: 0 });
});

it('other services and disarmed points kill nobody', async () => {
  control.arm('query', 'sealer.after-put', 1);
  control.arm('delivery', 'sealer.after-put', 1).disarm();
  expect(await live('delivery-1')).toMatchObject({ code: 0 });
});
