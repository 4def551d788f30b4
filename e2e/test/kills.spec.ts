import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, inject, it } from 'vitest';
import { bucketObjects, ledgerOf, runCli, settled, signalService } from '../src/index.ts';

const running = inject('running');
const SERVICES = ['enrichment', 'delivery', 'query', 'directory', 'demoProduct'] as const;
const ROUNDS = 2;

afterAll(() => signalService(running, 'demoProduct', 'SIGCONT'));

/**
 * The short version: every service is killed with SIGKILL, twice, at no chosen moment, while the demo product and we
 * emit. Afterwards every event that was acknowledged to us is exactly once in the customer's bucket.
 */
it('loses nothing and doubles nothing when each service is killed while events arrive', async () => {
  const acknowledged: string[] = [];
  const emitting = new AbortController();
  await signalService(running, 'demoProduct', 'SIGCONT');
  const emitter = emitUntil(emitting.signal, acknowledged);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const service of SERVICES) {
      await sleep(500 + Math.random() * 1500);
      await signalService(running, service, 'SIGKILL');
    }
  }
  await sleep(2000);
  emitting.abort();
  await emitter;
  await signalService(running, 'demoProduct', 'SIGSTOP');

  const [acme] = await Promise.all([settled(running, 'acme', 150), settled(running, 'globex', 150)]);
  expect(acme.addsUp).toBe(true);
  expect(acknowledged.length).toBeGreaterThan(5);
  const lines = (await bucketObjects(running, 'acme')).flatMap((object) => object.lines);
  expect(lines).toHaveLength(acme.head);
  const identities = lines.map((line) => identityOf(line));
  expect(new Set(identities).size).toBe(identities.length);
  for (const target of acknowledged) {
    expect(
      lines.filter((line) => line.includes(`"${target}"`)),
      target,
    ).toHaveLength(1);
  }
  const ledger = await ledgerOf(running, 'org_acme');
  expect(ledger.map(({ sequence }) => sequence)).toEqual(ledger.map((_line, index) => index + 1));
});

/** One `auditorium emit` after another; exit code 0 is the acknowledgement. */
async function emitUntil(signal: AbortSignal, acknowledged: string[]): Promise<void> {
  for (let number = 0; !signal.aborted; number += 1) {
    const target = `project/kill_${number}`;
    const arguments_ = [
      'emit',
      'project.renamed',
      '--org',
      'acme',
      '--actor',
      'user/u_ada',
      '--target',
      target,
    ];
    const { code } = await runCli(running, ...arguments_);
    if (code === 0) acknowledged.push(target);
  }
}

function identityOf(line: string): string {
  const { source, id } = JSON.parse(line) as { source: string; id: string };
  return `${source} ${id}`;
}
