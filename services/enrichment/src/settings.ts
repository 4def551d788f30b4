import { ORG_ID } from '@auditorium/events';
import { httpSettings, kafkaSettings, oidcSettings, postgresSettings } from '@auditorium/settings';
import { z } from 'zod';

/** Everything that the enrichment service can be told. README.md lists it. */
export const enrichmentSettings = z.object({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
  ...oidcSettings,
  AUDITORIUM_PLATFORM_ORG: z
    .string()
    .regex(ORG_ID)
    .default('auditorium')
    .describe('The org in whose log the platform speaks of itself; make it in the directory to read it'),
});

export type EnrichmentSettings = z.infer<typeof enrichmentSettings>;
