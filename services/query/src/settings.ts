import {
  httpSettings,
  integer,
  kafkaSettings,
  loadSettings,
  oidcSettings,
  postgresSettings,
  secret,
  serviceClientSettings,
} from '@auditorium/settings';
import { z } from 'zod';

/** Settings of the query service. */
export const querySettings = z.object({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
  ...oidcSettings,
  ...serviceClientSettings,
  AUDITORIUM_PORT: httpSettings.AUDITORIUM_PORT.default(4402),
  AUDITORIUM_DIRECTORY_URL: z.url().describe('Internal address of the directory, which resolves names'),
  AUDITORIUM_DELIVERY_URL: z.url().describe('Internal address of delivery, which knows where an event lies'),
  AUDITORIUM_READER_DATABASE_URL: secret(z.url({ protocol: /^postgres(ql)?$/ }))
    .optional()
    .describe('Login of the reading role; absent means the main login, which then takes that role'),
  AUDITORIUM_READ_TIMEOUT_MS: integer(100, 60_000)
    .default(10_000)
    .describe('Longest that one reading of the log may take in PostgreSQL'),
});
export type QuerySettings = z.infer<typeof querySettings>;

/** The settings from the environment. */
export const loadQuerySettings = (env?: Record<string, string | undefined>): QuerySettings =>
  loadSettings(querySettings, env);
