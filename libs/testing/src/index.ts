export { createDatabase, topicPrefix, uniqueName, useServers } from './servers.ts';
export { createBucket, createCustomer, type Customer, platformCredentials } from './buckets.ts';
export { type TestIssuer, type TokenClaims, useIssuer } from './issuer.ts';
export { type Flow } from './network-pipe.ts';
export { type NetworkProxy, startNetworkProxy } from './network-proxy.ts';
export { NETWORK_FAULTS, type NetworkFault, type NetworkFaultName } from './network-faults.ts';
export { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';
export { type KafkaProxy, startKafkaProxy } from './kafka-proxy.ts';
export { Tally } from './tally.ts';
export {
  createS3FaultProxy,
  type Decide,
  type Fault,
  type ProxiedRequest,
  type ProxyMoment,
  type ProxyOptions,
  type S3FaultProxy,
} from './s3-fault-proxy.ts';
export { faultFirst, faultShare, faultWhile, onBucket, onSts, type Where } from './fault-rules.ts';
export { S3_FAULTS, type S3FaultName } from './s3-faults.ts';
export { mountSmallDisk, type SmallDisk } from './small-disk.ts';
export { openBrowser } from './browser.ts';
export { anyEvent, anyJson, anyLine, anyOrg, anyText, anyTime } from './any-event.ts';
