export { type ContractResult, createContractTopic, isKept, runKafkaContract } from './kafka-contract.ts';
export { type Breaches, judge, PartitionHistory, type Seen } from './partition-history.ts';
export { type Codec, sendRecords, type SentRecord } from './send-records.ts';
export { anyPoison } from './any-poison.ts';
export { type Poison } from './poison-cases.ts';
export { poisonOf, type PoisonPlace } from './poison.ts';
export { type ExpectedVerdict, sendPoison } from './send-poison.ts';
