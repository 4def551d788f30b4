import '../kernel/install.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { World } from '../kernel/world.ts';

/** Two processes that talk to one server under faults; the facts they leave. */
async function play(seed: number): Promise<World> {
  const world = new World(seed);
  for (const fault of ['refused', 'lost', 'hung', 'late', 'slow'] as const)
    world.faults.rate('postgres', fault, 0.1);
  world.faults.blowRate = 0.05;
  world.faults.blowsLeft = 2;
  let acted = 0;
  let left = 2;
  const work = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) {
      await world
        .io('postgres', 'add', () => (acted += 1))
        .then(
          (value) => world.log(`${name} got ${value}`),
          (error: unknown) => world.log(`${name} failed: ${String(error)}`),
        );
      await world.self.reached('between');
      await sleep(Math.random() * 1000);
    }
    left -= 1;
  };
  for (const name of ['one', 'two']) {
    const process = world.process(name);
    process.onEnd(() => (left -= 1));
    process.start(() => work(name));
  }
  await world.until(() => left === 0, 3_600_000);
  return world;
}

describe('a simulated world', () => {
  it('is the same for the same seed, and another one for another', async () => {
    const [once, again, other] = [await play(7), await play(7), await play(8)];
    expect(again.lines).toEqual(once.lines);
    expect(again.digest).toBe(once.digest);
    expect(other.digest).not.toBe(once.digest);
  });

  it('lets hours pass at once, and shows them to the code inside only', async () => {
    const world = new World(1);
    const outside = Date.now();
    let inside: number | undefined;
    world.process('p').start(async () => {
      const before = Date.now();
      await sleep(3_600_000);
      inside = new Date().getTime() - before;
    });
    await world.until(() => inside !== undefined, 4_000_000);
    expect(inside).toBe(3_600_000);
    expect(Date.now() - outside).toBeLessThan(3_000_000);
  });

  it('continues nothing of a killed process, though what it sent still arrives', async () => {
    const world = new World(1);
    const process = world.process('p');
    let arrived = false;
    let answered = false;
    process.start(async () => {
      await world.io('s3', 'put', () => (arrived = true), { fault: 'slow' });
      answered = true;
    });
    world.after(0, () => process.kill());
    await world.pass(60_000);
    expect({ arrived, answered }).toEqual({ arrived: true, answered: false });
  });

  it('keeps what comes for a sleeping process until it wakes up', async () => {
    const world = new World(1);
    const process = world.process('p');
    let woke = 0;
    process.start(async () => {
      await sleep(100);
      woke = world.elapsed();
    });
    process.pause();
    world.after(5000, () => process.resume());
    await world.pass(10_000);
    expect(woke).toBe(5000);
  });

  it('acts after the caller has given up when a request is late, and says so to nobody', async () => {
    const world = new World(3);
    const facts: string[] = [];
    world.process('p').start(async () => {
      const act = (): void => void facts.push('acted');
      await world
        .io('kafka', 'send', act, { fault: 'late', timeoutMs: 1000 })
        .catch(() => facts.push('gave up'));
    });
    await world.pass(60_000);
    expect(facts).toEqual(['gave up', 'acted']);
  });

  it('ends when nothing moves any more, and when a rejection is handled by nobody', async () => {
    const world = new World(1);
    await expect(world.until(() => false, 1000)).rejects.toThrow('no progress');
    const other = new World(1);
    other.process('p').run(() => {
      setInterval(() => undefined, 1);
      void sleep(1).then(() => Promise.reject(new Error('forgotten')));
    });
    await expect(other.until(() => false, 10_000)).rejects.toThrow('forgotten');
  });

  it('lets no process reach the real network', async () => {
    const { connect } = await import('node:net');
    expect(() => new World(1).process('p').run(() => connect(1))).toThrow('real connection');
  });
});
