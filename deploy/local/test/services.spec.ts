import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../src/live-process.ts';
import { answers } from '../src/ministack.ts';
import { nodeBinary } from '../src/paths.ts';
import { freePort } from '../src/ports.ts';
import type { ServerCommand } from '../src/server-process.ts';
import { superviseService } from '../src/services.ts';

/** A service that answers; `slow` milliseconds after its start. */
async function service(slow = 0): Promise<ServerCommand> {
  const port = await freePort();
  const serve = `setTimeout(() => require('http').createServer((_, a) => a.end('ok')).listen(${port}, '127.0.0.1'), ${slow})`;
  return {
    name: 'the service',
    dataDir: mkdtempSync(join(tmpdir(), 'service-')),
    port,
    command: nodeBinary(),
    args: ['-e', serve],
    ready: () => answers(`http://127.0.0.1:${port}/`),
  };
}

const pidIn = ({ dataDir }: ServerCommand): number =>
  existsSync(join(dataDir, 'pid')) ? Number(readFileSync(join(dataDir, 'pid'), 'utf8')) : 0;

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(10);
}

describe('a supervised service', () => {
  it('comes back when it was killed', async () => {
    const command = await service();
    const running = await superviseService('query', command, () => undefined);
    const before = running.pid();
    process.kill(before, 'SIGKILL');
    await until(() => running.pid() !== before);
    expect(await answers(running.url)).toBe(true);
    await running.stop();
    expect(isAlive(running.pid())).toBe(false);
  });

  it('stays away when it is stopped while it comes back', async () => {
    const command = await service(300);
    const running = await superviseService('query', command, () => undefined);
    const before = running.pid();
    process.kill(before, 'SIGKILL');
    await until(() => ![0, before].includes(pidIn(command)));
    const again = pidIn(command);
    await running.stop();
    expect(isAlive(again)).toBe(false);
  });

  it('ends also when it was halted', async () => {
    const running = await superviseService('query', await service(), () => undefined);
    process.kill(running.pid(), 'SIGSTOP');
    await running.stop();
    expect(isAlive(running.pid())).toBe(false);
  });
});
