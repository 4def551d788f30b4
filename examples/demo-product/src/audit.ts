import type { Audit } from '@auditorium/sdk';
import { clientCredentials, createAudit } from '@auditorium/sdk';
import { catalogue } from './catalogue.ts';
import type { DemoSettings } from './settings.ts';

/** The SDK's face with this product's catalogue. */
export type DemoAudit = Audit<(typeof catalogue)[number]>;

/** Makes it. Events go through the outbox, so it needs no Kafka; users are reported over HTTP. */
export function createDemoAudit(settings: DemoSettings): DemoAudit {
  return createAudit({
    source: 'demo-product',
    catalogue,
    directory: {
      url: settings.AUDITORIUM_DIRECTORY_URL,
      token: clientCredentials({
        issuer: settings.AUDITORIUM_OIDC_ISSUER,
        clientId: settings.AUDITORIUM_OIDC_CLIENT_ID,
        clientSecret: settings.AUDITORIUM_OIDC_CLIENT_SECRET,
        audience: settings.AUDITORIUM_OIDC_AUDIENCE,
      }),
    },
  });
}
