import { httpSettings, kafkaSettings, list, oidcSettings, postgresSettings } from '@auditorium/settings';
import { z } from 'zod';

/** Everything that the directory can be told. */
export const directorySettings = z.object({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
  ...oidcSettings,
  AUDITORIUM_PRODUCER_SUBJECTS: list()
    .default([])
    .describe('Subjects of products that may report actors of any organisation'),
});

export type DirectorySettings = z.infer<typeof directorySettings>;
