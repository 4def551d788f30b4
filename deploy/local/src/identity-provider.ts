/**
 * The OpenID provider of the local system, a process of its own: `identity-provider.ts <settings file>`.
 * Code + PKCE for the console, client credentials for services and CLI, device codes for people at a terminal.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { deviceCodePage, deviceConfirmPage, notePage, signInPage, signOutPage } from './identity-pages.ts';
import { identityClients, type IdentitySettings } from './identity-settings.ts';

const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as IdentitySettings;
const RESOURCE = 'urn:auditorium:api';
const SCOPES = 'openid profile email offline_access';
const HOUR = 3600;

const userOf = (subject: string) => settings.users.find((each) => each.user === subject);
const profileOf = (subject: string) => ({
  name: userOf(subject)?.name ?? subject,
  email: userOf(subject)?.email,
});

/** Everything that the demo's clients ask for is granted: a consent page would only be in the way. */
async function grantAll(ctx: KoaContextWithOIDC) {
  const { client, session, provider } = ctx.oidc;
  const accountId = session?.accountId;
  if (!client || !accountId) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope(SCOPES);
  grant.addResourceScope(RESOURCE, SCOPES);
  await grant.save();
  return grant;
}

function show(ctx: KoaContextWithOIDC, html: string): void {
  ctx.type = 'html';
  ctx.body = html;
}

const configuration: Configuration = {
  clients: identityClients(settings.secrets),
  jwks: { keys: [settings.secrets.key as never] },
  cookies: { keys: settings.secrets.cookieKeys },
  scopes: SCOPES.split(' '),
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  conformIdTokenClaims: false,
  clientBasedCORS: () => true,
  ttl: {
    AccessToken: HOUR,
    ClientCredentials: HOUR,
    IdToken: HOUR,
    Session: 24 * HOUR,
    Grant: 24 * HOUR,
    RefreshToken: 24 * HOUR,
    Interaction: HOUR,
    DeviceCode: 600,
  },
  findAccount: (_ctx, sub) =>
    userOf(sub) ? { accountId: sub, claims: () => ({ sub, ...profileOf(sub) }) } : undefined,
  loadExistingGrant: grantAll,
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  extraTokenClaims: (_ctx, token) =>
    profileOf('accountId' in token ? token.accountId : (token.clientId ?? '')),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  renderError: (ctx, out) =>
    show(ctx, notePage('That did not work', `${out.error}: ${out.error_description ?? ''}`)),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => show(ctx, signOutPage(form)),
      postLogoutSuccessSource: (ctx) => show(ctx, notePage('Signed out', 'You can close this page.')),
    },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (ctx, form, _out, error) => show(ctx, deviceCodePage(form, error !== undefined)),
      userCodeConfirmSource: (ctx, form, client, _device, code) =>
        show(ctx, deviceConfirmPage(form, client.clientName ?? client.clientId, code)),
      successSource: (ctx) =>
        show(ctx, notePage('Connected', 'Your terminal is signed in; you can close this page.')),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPES,
        audience: settings.audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: HOUR,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
};

const provider = new Provider(settings.issuer, configuration);

// The console and tests listen on ports of their own choice, so any address of this machine may be returned to.
const isLocal = (uri: string): boolean =>
  URL.canParse(uri) && /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(new URL(uri).origin);
Object.assign(provider.Client.prototype, {
  redirectUriAllowed: isLocal,
  postLogoutRedirectUriAllowed: isLocal,
});

function sendPage(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .end(html);
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** Whose form this is: one of the demo's buttons, or an e-mail address with the password. */
function signedIn(form: URLSearchParams): string | undefined {
  const byButton = userOf(form.get('user') ?? '');
  const byForm = settings.users.find((each) => each.email === form.get('email')?.trim().toLowerCase());
  return byButton?.user ?? (form.get('password') === settings.password ? byForm?.user : undefined);
}

async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid } = await provider.interactionDetails(request, response);
  const form = request.method === 'POST' ? await formOf(request) : undefined;
  const accountId = form && signedIn(form);
  if (accountId) return provider.interactionFinished(request, response, { login: { accountId } });
  const { users, password } = settings;
  const wrong = form !== undefined;
  sendPage(
    response,
    wrong ? 401 : 200,
    signInPage({ action: `/interaction/${uid}`, users, password, wrong, email: form?.get('email') ?? '' }),
  );
}

const handle = provider.callback();
createServer((request, response) => {
  if (!request.url?.startsWith('/interaction/')) return void handle(request, response);
  interact(request, response).catch(() =>
    sendPage(
      response,
      400,
      notePage('This sign-in has expired', 'Go back to where you came from and sign in again.'),
    ),
  );
}).listen(settings.port, settings.host);
process.on('SIGTERM', () => process.exit(0));
