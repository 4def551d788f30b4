/**
 * A server goes away for long while events arrive, and comes back: does every worker stay within its memory, is nothing lost,
 * and how fast do they catch up? `npm run faults:pressure -- --help`.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildAll, sentenceOf, type ServiceName } from '@auditorium/local';
import { findErrors } from './storm/find-errors.ts';
import {
  type Away,
  type CaughtUp,
  type Manner,
  takeAway,
  wasHeldUp,
  watchCatchingUp,
} from './storm/outage.ts';
import { isThrough, ProgressWatch } from './storm/progress.ts';
import { type ProxiedSystem, startProxiedSystem } from './storm/proxied-system.ts';
import { troubles } from './storm/readiness.ts';
import { ResidentMemory } from './storm/resident-memory.ts';
import { type EventStream, startStream } from './storm/stream.ts';

const HELP = `npm run faults:pressure -- [options]
  --minutes <n>     how long each server is away (3)
  --rate <n>        events a second, all the time (150)
  --backlog <n>     events that come at once while it is away, beside the stream (0)
  --server <name>   postgresql, s3; may be given several times (both, one after the other)
  --manner <name>   hang: takes connections and says nothing; down: refuses (hang)
  --no-build        everything is built already
  --help            this`;

/** A worker may take so much, and must be so many times faster than what arrives. */
const MOST_MIB = 512;
const LEAST_TIMES = 5;
const WORKERS = ['enrichment', 'delivery', 'query', 'directory'] as const satisfies ServiceName[];
const WARM_SECONDS = 20;
const SETTLE_SECONDS = 600;
const TELL_MS = 15_000;

interface Plan {
  readonly minutes: number;
  readonly rate: number;
  readonly backlog: number;
  readonly servers: readonly Away[];
  readonly manner: Manner;
  readonly build: boolean;
}

const begun = Date.now();
const say = (line: string): void =>
  void process.stdout.write(`${String(Math.round((Date.now() - begun) / 1000)).padStart(5)} s  ${line}\n`);

function planOf(): Plan | undefined {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '3' },
      rate: { type: 'string', default: '150' },
      backlog: { type: 'string', default: '0' },
      server: { type: 'string', multiple: true, default: ['postgresql', 's3'] },
      manner: { type: 'string', default: 'hang' },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { manner, server } = values;
  if (manner !== 'hang' && manner !== 'down') throw new Error(`--manner is hang or down, not ${manner}`);
  const servers = server.map((name) => {
    if (name !== 'postgresql' && name !== 's3') throw new Error(`--server is postgresql or s3, not ${name}`);
    return name;
  });
  return {
    minutes: Number(values.minutes),
    rate: Number(values.rate),
    backlog: Number(values.backlog),
    servers,
    manner,
    build: !values['no-build'],
  };
}

interface Outcome {
  readonly server: Away;
  readonly caughtUp: readonly CaughtUp[];
  readonly said: ReadonlySet<string>;
}

async function outageOf(
  system: ProxiedSystem,
  stream: EventStream,
  watch: ProgressWatch,
  server: Away,
  plan: Plan,
): Promise<Outcome> {
  say(`${server} goes away (${plan.manner}) for ${plan.minutes} min`);
  const bringBack = takeAway(system, server, plan.manner);
  const until = Date.now() + plan.minutes * 60_000;
  const said = new Set<string>();
  if (plan.backlog > 0) {
    await stream.burst(plan.backlog);
    say(`${plan.backlog} events more wait`);
  }
  while (Date.now() < until) {
    await sleep(Math.min(TELL_MS, Math.max(0, until - Date.now())));
    const now = await troubles(system, WORKERS);
    for (const what of now.split(', ')) if (what !== '') said.add(what);
    say(`away; ${stream.total()} acknowledged; not ready: ${now === '' ? 'nothing' : now}`);
  }
  bringBack();
  say(`${server} is back`);
  const caughtUp = await watchCatchingUp(watch, stream, {
    perSecond: plan.rate,
    patienceSeconds: SETTLE_SECONDS,
    say,
  });
  for (const each of caughtUp) say(lineOf(each, plan.rate));
  return { server, caughtUp, said };
}

function lineOf(each: CaughtUp, perSecond: number): string {
  const { stage, waiting, seconds, stoodSeconds, drainedPerSecond, times } = each;
  if (!wasHeldUp(each, perSecond)) return `${stage}: was not held up`;
  const rate = `${Math.round(drainedPerSecond)} a second, ${times.toFixed(1)} times what arrives`;
  return `${stage}: ${waiting} waited, caught up in ${seconds.toFixed(1)} s, ${stoodSeconds.toFixed(1)} of them before it moved: ${rate}`;
}

async function settle(system: ProxiedSystem, stream: EventStream, watch: ProgressWatch): Promise<string[]> {
  stream.rate(0);
  await stream.close();
  for (const until = Date.now() + SETTLE_SECONDS * 1000; !isThrough(await watch.look()); await sleep(1000))
    if (Date.now() > until)
      return [`not through within ${SETTLE_SECONDS} s: ${JSON.stringify(await watch.look())}`];
  say('everything is through; reading ledger, view and buckets');
  const errors = await findErrors(system, stream.acknowledged);
  const left = await troubles(system, WORKERS);
  return left === '' ? errors : [...errors, `still not ready: ${left}`];
}

/** What did not hold, in sentences. */
function complaintsOf(outcomes: readonly Outcome[], memory: ResidentMemory, plan: Plan): string[] {
  const slow = outcomes.flatMap(({ server, caughtUp }) =>
    caughtUp
      // The courier's pauses after failures are in its time; they are by design, so it is told and not judged.
      .filter((each) => each.stage !== 'delivered' && wasHeldUp(each, plan.rate) && each.times < LEAST_TIMES)
      .map((each) => `after ${server}: ${lineOf(each, plan.rate)}`),
  );
  const large = [...memory.seen]
    .filter(([, { mostMib }]) => mostMib > MOST_MIB)
    .map(([worker, { mostMib }]) => `${worker} took ${mostMib} MiB`);
  const mute = outcomes
    .filter(({ said }) => said.size === 0)
    .map(({ server }) => `nobody said that ${server} was away`);
  const ended = memory.restarts() > 0 ? [`${memory.restarts()} workers ended and were started again`] : [];
  return [...slow, ...large, ...mute, ...ended];
}

async function run(plan: Plan): Promise<string[]> {
  if (plan.build) {
    say('building');
    await buildAll();
  }
  const system = await startProxiedSystem('pressure', say);
  const memory = new ResidentMemory(system, WORKERS);
  const watch = new ProgressWatch(system);
  const stream = startStream(system.truth.local.kafkaBrokers);
  try {
    stream.rate(plan.rate);
    await sleep(WARM_SECONDS * 1000);
    const outcomes: Outcome[] = [];
    for (const server of plan.servers) outcomes.push(await outageOf(system, stream, watch, server, plan));
    const errors = await settle(system, stream, watch);
    say(`${stream.total()} events acknowledged`);
    for (const [worker, { mostMib }] of memory.seen) say(`${worker}: at most ${mostMib} MiB resident`);
    for (const { server, caughtUp } of outcomes)
      for (const each of caughtUp) say(`after ${server}, ${lineOf(each, plan.rate)}`);
    return [...errors, ...complaintsOf(outcomes, memory, plan)];
  } finally {
    await memory.close();
    await watch.close();
    await system.stop();
  }
}

try {
  const plan = planOf();
  if (plan === undefined) process.stdout.write(`${HELP}\n`);
  else {
    const complaints = await run(plan);
    for (const complaint of complaints) say(`NOT RIGHT: ${complaint}`);
    say(complaints.length === 0 ? 'nothing lost, nothing doubled, within memory' : 'failed');
    process.exitCode = complaints.length === 0 ? 0 : 1;
  }
} catch (error) {
  say(sentenceOf(error));
  process.exitCode = 2;
}
