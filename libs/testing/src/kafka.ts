export { type ContractResult, createContractTopic, isKept, runKafkaContract } from './kafka-contract.ts';
export { type Breaches, judge, PartitionHistory, type Seen } from './partition-history.ts';
export { type Codec, sendRecords, type SentRecord } from './send-records.ts';
