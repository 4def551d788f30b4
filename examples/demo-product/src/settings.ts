import {
  httpSettings,
  integer,
  kafkaSettings,
  list,
  oidcSettings,
  postgresSettings,
  secret,
  serviceClientSettings,
} from '@auditorium/settings';
import { z } from 'zod';

/** Everything that the demo product can be told. */
export const demoSettings = z.object({
  ...httpSettings,
  ...kafkaSettings,
  ...postgresSettings,
  ...serviceClientSettings,
  AUDITORIUM_OIDC_ISSUER: oidcSettings.AUDITORIUM_OIDC_ISSUER,
  AUDITORIUM_OIDC_AUDIENCE: oidcSettings.AUDITORIUM_OIDC_AUDIENCE,
  AUDITORIUM_DIRECTORY_URL: z.url({ protocol: /^https?$/ }).describe('Where users are reported to'),
  AUDITORIUM_DEMO_DATABASE_URL: secret(z.url({ protocol: /^postgres(ql)?$/ }))
    .optional()
    .describe(
      "The product's own database; absent means demo_product on the server of AUDITORIUM_DATABASE_URL",
    ),
  AUDITORIUM_DEMO_ORGS: list()
    .default(['org_acme', 'org_globex'])
    .describe('Ids of the organisations that use the product'),
  AUDITORIUM_DEMO_EVENTS_PER_MINUTE: integer(0, 60_000)
    .default(40)
    .describe(
      'How busy the people made up by the built-in traffic are, all organisations together; 0 is none',
    ),
});

export type DemoSettings = z.infer<typeof demoSettings>;
