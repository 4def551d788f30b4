export { consumeTopic } from './consume-topic.ts';
export type { ConsumeTopicOptions, Consumption } from './consumption.ts';
export { ensureTopics, type EnsureTopicsOptions } from './ensure-topics.ts';
export { missingOffsets, type FetchedBatch, type FetchedMessage, type Hole } from './fetched-batch.ts';
export { followDirectory, type FollowDirectoryOptions, type FollowedDirectory } from './follow-directory.ts';
export { followTopic, type Following, type FollowTopicOptions } from './follow-topic.ts';
export type { StoppedPartition } from './group-reading.ts';
export {
  KafkaBatchServer,
  type KafkaBatchContext,
  type KafkaBatchServerOptions,
} from './kafka-batch-server.ts';
export { silentLog, type KafkaLog } from './kafka-log.ts';
export { LastingFailures } from './lasting-failures.ts';
export { isBehindLog } from './position-guard.ts';
export {
  laneProducer,
  MAX_SEND_BYTES,
  sendBytes,
  splitForSend,
  type BatchSender,
  type OutMessage,
  type Producer,
} from './lane-producer.ts';
export { partitionLogs, type PartitionLogs } from './partition-logs.ts';
export type { PartitionSource, PartitionTask } from './partition-task.ts';
export { createProducer } from './producer.ts';
export { logOffsets, readPartition, type ReadPartitionOptions } from './read-partition.ts';
export type { OffsetRange } from './topic-reader.ts';
