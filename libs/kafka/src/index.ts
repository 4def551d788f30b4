export { amendKafkajs, MAX_BATCH_RECORDS } from './amend-kafkajs.ts';
export { MAX_UNPACKED_BYTES } from './bounded-codecs.ts';
export { consumeTopic, type ConsumeTopicOptions, type Consumption } from './consume-topic.ts';
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
