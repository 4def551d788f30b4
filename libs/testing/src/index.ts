export { createDatabase, topicPrefix, uniqueName, useServers } from './servers.ts';
export {
  createBucket,
  createCustomer,
  type Customer,
  platformCredentials,
  platformRoot,
  type RootClient,
} from './buckets.ts';
export { type TestIssuer, type TokenClaims, useIssuer } from './issuer.ts';
