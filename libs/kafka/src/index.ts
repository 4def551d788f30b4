export { MAX_BATCH_RECORDS } from './amend-kafkajs.ts';
export { MAX_UNPACKED_BYTES } from './bounded-codecs.ts';
export { consumeTopic } from './consume-topic.ts';
export type { ConsumeTopicOptions, Consumption, StoppedPartition } from './consumption.ts';
export { ensureTopics, type EnsureTopicsOptions } from './ensure-topics.ts';
export {
  joinBatches,
  missingOffsets,
  type FetchedBatch,
  type FetchedMessage,
  type Hole,
} from './fetched-batch.ts';
export { followTopic, type Following, type FollowTopicOptions } from './follow-topic.ts';
export {
  KafkaBatchServer,
  type KafkaBatchContext,
  type KafkaBatchServerOptions,
} from './kafka-batch-server.ts';
export { silentLog, type KafkaLog } from './kafka-log.ts';
export type { PartitionSource, PartitionTask } from './partition-task.ts';
export { isBehindLog } from './position-guard.ts';
export {
  createProducer,
  MAX_SEND_BYTES,
  sendBytes,
  splitForSend,
  type OutMessage,
  type Producer,
} from './producer.ts';
export { logOffsets, readPartition, type ReadPartitionOptions } from './read-partition.ts';
export type { OffsetRange } from './topic-reader.ts';
