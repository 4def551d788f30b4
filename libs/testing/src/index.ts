export { createDatabase, topicPrefix, uniqueName, useServers } from './servers.ts';
export { createBucket, createCustomer, type Customer, platformCredentials } from './buckets.ts';
export { type TestIssuer, type TokenClaims, useIssuer } from './issuer.ts';
export { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
export { createS3FaultProxy, type Fault, type ProxiedRequest, type S3FaultProxy } from './s3-fault-proxy.ts';
export { openBrowser } from './browser.ts';
export { anyEvent, anyJson, anyLine, anyOrg, anyText, anyTime } from './any-event.ts';
