import { z } from 'zod';
import { flag, integer, list, secret } from './value-types.ts';

/** Where the service listens, and how much it says. */
export const httpSettings = {
  AUDITORIUM_HOST: z.string().default('0.0.0.0').describe('Address to listen on'),
  AUDITORIUM_PORT: integer(0, 65_535).describe('Port to listen on; 0 picks a free one'),
  AUDITORIUM_TRUSTED_PROXIES: list()
    .default(['loopback', 'linklocal', 'uniquelocal'])
    .describe(
      'Addresses and networks whose X-Forwarded-For is believed; name yours where callers have private ones too',
    ),
  AUDITORIUM_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged'),
};

/** Brokers, and the shape of our topics. */
export const kafkaSettings = {
  AUDITORIUM_KAFKA_BROKERS: list().describe('Bootstrap brokers, host:port, separated by commas'),
  AUDITORIUM_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,80}$/)
    .default('')
    .describe('Put in front of every topic name'),
  AUDITORIUM_PARTITIONS: integer(1, 10_000)
    .default(12)
    .describe('Partitions of every topic; fixed once made'),
  AUDITORIUM_REPLICATION: integer(1, 16).default(3).describe('Replicas of every topic'),
  AUDITORIUM_CREATE_TOPICS: flag().default(false).describe('Create topics that are absent'),
};

/** The one database; each service has a schema of its own in it. */
export const postgresSettings = {
  AUDITORIUM_DATABASE_URL: secret(z.url({ protocol: /^postgres(ql)?$/ })).describe(
    'postgresql://user:password@host/db',
  ),
};

/** Who issues the access tokens that we accept, and which subjects stand out. */
export const oidcSettings = {
  AUDITORIUM_OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .describe('Issuer of access tokens (OpenID Connect)'),
  AUDITORIUM_OIDC_AUDIENCE: z
    .string()
    .min(1)
    .default('auditorium')
    .describe('Audience that a token must name'),
  AUDITORIUM_OPERATORS: list().default([]).describe('Subjects that operate the platform'),
  AUDITORIUM_SERVICE_SUBJECTS: list()
    .default(['auditorium-service'])
    .describe('Subjects of our own services, which may call internal HTTP'),
};

/** The service's own client credentials, for calling internal HTTP of another service. */
export const serviceClientSettings = {
  AUDITORIUM_OIDC_CLIENT_ID: z.string().min(1).describe('Client id of this service'),
  AUDITORIUM_OIDC_CLIENT_SECRET: secret(z.string().min(1)).describe('Client secret of this service'),
};

/** The ledger's bucket. Credentials come from the usual AWS_* names. */
export const s3Settings = {
  AUDITORIUM_LEDGER_BUCKET: z.string().min(3).max(63).describe('Bucket that holds the ledger'),
  AUDITORIUM_S3_ENDPOINT: z.url().optional().describe('Endpoint of an S3-compatible store; absent means AWS'),
  AUDITORIUM_STS_ENDPOINT: z.url().optional().describe('Endpoint of STS; absent means AWS'),
  AUDITORIUM_S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the ledger bucket'),
  AUDITORIUM_S3_PATH_STYLE: flag().default(false).describe('Bucket in the path instead of the host name'),
};

/**
 * Names that mean the same to every service. One environment may be shared by all of them, so such a name is known
 * also to a service that has no use for it.
 */
export const sharedNames: readonly string[] = Object.keys({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
  ...oidcSettings,
  ...serviceClientSettings,
  ...s3Settings,
  AUDITORIUM_DIRECTORY_URL: 0,
  AUDITORIUM_DELIVERY_URL: 0,
  AUDITORIUM_ENRICHMENT_URL: 0,
  AUDITORIUM_QUERY_URL: 0,
  AUDITORIUM_TEST_SERVERS: 0,
});
