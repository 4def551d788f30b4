import { httpSettings, list, oidcSettings } from '@auditorium/settings';
import { z } from 'zod';

/** Everything the console's server can be told. It holds no secret and needs none. */
export const consoleSettings = z.object({
  ...httpSettings,
  AUDITORIUM_OIDC_ISSUER: oidcSettings.AUDITORIUM_OIDC_ISSUER,
  AUDITORIUM_CONSOLE_CLIENT_ID: z
    .string()
    .min(1)
    .default('auditorium-console')
    .describe('Public OpenID client of the browser (code with PKCE, no secret)'),
  AUDITORIUM_CONSOLE_SCOPE: z
    .string()
    .default('openid profile email offline_access')
    .describe('Scopes the browser asks for; offline_access lets a session outlive its access token'),
  AUDITORIUM_CONSOLE_RESOURCE: z
    .url()
    .optional()
    .describe('Resource indicator (RFC 8707), for providers that choose the audience by it'),
  AUDITORIUM_CONSOLE_CONNECT_ORIGINS: list()
    .pipe(z.array(z.url({ protocol: /^https?$/ })))
    .default([])
    .describe("Further origins of the identity provider, where its token endpoint is not at the issuer's"),
  AUDITORIUM_DIRECTORY_URL: z.url({ protocol: /^https?$/ }).describe('Where the directory service answers'),
  AUDITORIUM_QUERY_URL: z.url({ protocol: /^https?$/ }).describe('Where the query service answers'),
  AUDITORIUM_DELIVERY_URL: z.url({ protocol: /^https?$/ }).describe('Where the delivery service answers'),
  AUDITORIUM_ENRICHMENT_URL: z.url({ protocol: /^https?$/ }).describe('Where enrichment answers operators'),
});

export type ConsoleSettings = z.infer<typeof consoleSettings>;
