import kafkajs, { type Kafka, type logLevel as LogLevel, type LogEntry } from 'kafkajs';
import { amendKafkajs } from './amend-kafkajs.ts';
import type { KafkaLog } from './kafka-log.ts';

const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 15_000;

/** A kafkajs client that writes to our log and whose fetches are ours to unpack. */
export function createKafkajs(options: {
  brokers: readonly string[];
  clientId: string;
  log: KafkaLog;
}): Kafka {
  amendKafkajs();
  return new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => writeTo(options.log, entry),
  });
}

/** kafkajs calls "error" what it then repeats by itself (a rebalance, a moved leader): to us those are warnings. */
function writeTo(log: KafkaLog, { namespace, level, log: { message, ...facts } }: LogEntry): void {
  const { timestamp: _timestamp, logger: _logger, ...kept } = facts;
  const write = levelOf(level);
  log[write]({ kafkajs: namespace, ...kept }, message);
}

function levelOf(level: LogLevel): 'warn' | 'debug' {
  return level <= kafkajs.logLevel.WARN ? 'warn' : 'debug';
}
