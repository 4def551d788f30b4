/** `npm run faults:kafka`: kills the leaders of a cluster under our Kafka clients, and looks for what is lost or out of order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts, startKafka } from '@auditorium/local';
import {
  createContractTopic,
  isKept,
  runKafkaContract,
  type ContractResult,
} from '@auditorium/testing/kafka';

const HELP = `npm run faults:kafka -- [options]

Starts three brokers (replicas 3, min.insync.replicas 2). Our producer sends to every partition of a topic, our consumer and our reader
follow it, and meanwhile the leader of each partition in turn is killed (SIGKILL) and started again. In the end the log is read once
more: what was acknowledged must be there, in order and where its offset says; consumer and reader must have seen each offset once, in
order, with what the log holds.

  --events N      messages that must be acknowledged, at least (default 200000)
  --kills N       leaders killed (default 6)
  --partitions N  partitions of the topic (default 3)
  --help

Exit code 0: kept; 1: broken, or it no longer went on.
`;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    kills: { type: 'string', default: '6' },
    partitions: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
const begun = Date.now();
const say = (line: string): void => {
  const seconds = ((Date.now() - begun) / 1000).toFixed(1).padStart(7);
  process.stdout.write(`${seconds} s  ${line}\n`);
};

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const [events, kills, partitions] = (['events', 'kills', 'partitions'] as const).map(wholeOf) as [
    number,
    number,
    number,
  ];
  const dataDir = mkdtempSync(join(tmpdir(), 'auditorium-kafka-'));
  const cluster = await startKafka({ dataDir, ports: await freePorts(3), say });
  try {
    const topic = 'contract';
    await createContractTopic(cluster, topic, partitions);
    say(`three brokers run; ${events} events and ${kills} kills are to come`);
    const result = await runKafkaContract({ cluster, topic, partitions, events, kills, say });
    process.stdout.write(summaryOf(result));
    return isKept(result) ? 0 : 1;
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  } finally {
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function wholeOf(name: 'events' | 'kills' | 'partitions'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= (name === 'partitions' ? 1 : 0)) return value;
  throw new Error(`--${name} takes a whole number, not ${values[name]}`);
}

function summaryOf(result: ContractResult): string {
  const { breaches, ...rest } = result;
  const { repeats, missing, untrue, disordered, doubled, phantoms, consumer, reader } = breaches;
  const lines: [string, number][] = [
    ['leaders killed', rest.kills],
    ['messages acknowledged', rest.acknowledged],
    ['sends that failed and were repeated', rest.failedSends],
    ['  messages twice in the log because of that', repeats],
    ['acknowledged and missing', missing],
    ['acknowledged at another offset than was told', untrue],
    ['out of order', disordered],
    ['twice without a failed send', doubled],
    ['never sent', phantoms],
    ['offsets that the consumer did not take once, in order', consumer],
    ['offsets that the reader did not read once, in order', reader],
    ['batches that did not begin where the one before ended', rest.jumps],
  ];
  const rows = lines.map(([what, count]) => `${String(count).padStart(10)}  ${what}\n`);
  return `\n${rows.join('')}\n${isKept(result) ? 'The contract is kept.' : 'THE CONTRACT IS BROKEN.'}\n`;
}
