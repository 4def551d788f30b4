import {
  httpSettings,
  integer,
  kafkaSettings,
  list,
  oidcSettings,
  postgresSettings,
  s3Settings,
  serviceClientSettings,
} from '@auditorium/settings';
import { z } from 'zod';

/** What one process of this image does. */
export const ROLES = ['sealer', 'courier', 'api'] as const;
export type Role = (typeof ROLES)[number];

const MIB = 1_048_576;

/** Everything that the delivery service can be told. README.md lists it. */
export const deliverySettings = z.object({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
  ...oidcSettings,
  ...serviceClientSettings,
  ...s3Settings,
  AUDITORIUM_DELIVERY_ROLES: list()
    .pipe(z.array(z.enum(ROLES)).min(1))
    .default([...ROLES])
    .describe('What this process does: sealer, courier, api'),
  AUDITORIUM_SEAL_INTERVAL_MS: integer(100, 600_000)
    .default(10_000)
    .describe('Longest that an event waits for the sealing of its segment to begin, ms'),
  AUDITORIUM_SEAL_BYTES: integer(65_536, 256 * MIB)
    .default(16 * MIB)
    .describe('Unpacked bytes at which a segment is sealed before that'),
  AUDITORIUM_SEAL_MEMORY_BYTES: integer(MIB, 1024 * MIB)
    .default(96 * MIB)
    .describe('Unpacked bytes that all partitions of this process hold together; beyond it reading waits'),
  AUDITORIUM_REAP_INTERVAL_MS: integer(1_000, 86_400_000)
    .default(600_000)
    .describe('How often objects of abandoned segments are looked for, ms'),
  AUDITORIUM_DIRECTORY_URL: z.url().describe('Where the directory answers'),
  AUDITORIUM_QUERY_URL: z.url().optional().describe('Where the query service answers; for reconciliation'),
  AUDITORIUM_ENRICHMENT_URL: z.url().optional().describe('Where enrichment answers; for reconciliation'),
  AUDITORIUM_DEFAULT_WINDOW_S: integer(1, 86_400)
    .default(300)
    .describe('Seconds between two windows of a destination unless it says otherwise'),
  AUDITORIUM_MIN_WINDOW_S: integer(1, 3_600)
    .default(60)
    .describe('Fewest seconds that a destination may ask for'),
  AUDITORIUM_OBJECT_BYTES: integer(65_536, 128 * MIB)
    .default(8 * MIB)
    .describe('Most bytes of lines, before compression, in one object of a destination'),
  AUDITORIUM_COURIER_MEMORY_BYTES: integer(MIB, 1024 * MIB)
    .default(48 * MIB)
    .describe('Bytes of lines that all deliveries of this process hold together; beyond it they wait'),
  AUDITORIUM_PUT_TIMEOUT_MS: integer(1_000, 600_000)
    .default(60_000)
    .describe('Longest that sending one object may take, ms'),
  AUDITORIUM_CACHE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Where the courier keeps segments at hand; absent means the folder for temporary files'),
  AUDITORIUM_CACHE_BYTES: integer(64 * MIB, 1_048_576 * MIB)
    .default(2048 * MIB)
    .describe('Most bytes of segments kept there'),
  AUDITORIUM_PLATFORM_PRINCIPAL_ARN: z
    .string()
    .min(1)
    .describe('The principal of ours that customers trust in their role'),
});

export type DeliverySettings = z.infer<typeof deliverySettings>;
