import { httpSettings, kafkaSettings, postgresSettings } from '@auditorium/settings';
import { z } from 'zod';

/** Everything that the enrichment service can be told. README.md lists it. */
export const enrichmentSettings = z.object({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
});

export type EnrichmentSettings = z.infer<typeof enrichmentSettings>;
