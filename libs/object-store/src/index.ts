export { ambientCredentials, assumedRole, type AssumedRoleOptions } from './assumed-role.ts';
export { cachedCredentials, type Credentials, type CredentialsProvider } from './credentials.ts';
export type {
  ByteRange,
  CallOptions,
  GetOptions,
  ListedObject,
  ListOptions,
  ObjectHead,
  ObjectStore,
  PutOptions,
  PutResult,
} from './object-store.ts';
export { providerAnswerOf, type ProviderAnswer } from './provider-answer.ts';
export { type BucketAddress } from './s3-address.ts';
export { createDispatcher, createS3Store, type S3StoreOptions } from './s3-store.ts';
