import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a token says; times in seconds. */
export interface TokenClaims {
  name?: string;
  email?: string;
  audience?: string;
  issuer?: string;
  /** Negative: expired already. */
  expiresInSeconds?: number;
}

/** An OpenID issuer inside the test: discovery, keys, client credentials, and a token for anybody. */
export interface TestIssuer {
  issuer: string;
  tokenFor(subject: string, claims?: TokenClaims): string;
  close(): Promise<void>;
}

/** Starts an issuer with keys of its own. Client credentials of any client are granted; its subject is the client's id. */
export async function useIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  let issuer = '';
  const sign = (payload: object): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${part({ alg: 'RS256', kid, typ: 'at+jwt' })}.${part(payload)}`;
    return `${input}.${createSign('RSA-SHA256').update(input).sign(privateKey).toString('base64url')}`;
  };
  const tokenFor = (subject: string, claims: TokenClaims = {}): string => {
    const { name, email, audience = 'auditorium', expiresInSeconds = 3600 } = claims;
    const iat = Math.floor(Date.now() / 1000);
    const times = { iat, exp: iat + expiresInSeconds, jti: randomUUID() };
    return sign({
      iss: claims.issuer ?? issuer,
      sub: subject,
      aud: audience,
      client_id: subject,
      name,
      email,
      ...times,
    });
  };
  const answer = async (request: IncomingMessage): Promise<object> => {
    if (request.url?.startsWith('/jwks')) return { keys: [jwk] };
    if (request.url?.startsWith('/token'))
      return { access_token: tokenFor(await clientOf(request)), token_type: 'Bearer', expires_in: 3600 };
    return metadata(issuer);
  };
  const server = createServer((request, response) => {
    void answer(request).then((body) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { issuer, tokenFor, close };
}

const metadata = (issuer: string): object => ({
  issuer,
  jwks_uri: `${issuer}/jwks`,
  token_endpoint: `${issuer}/token`,
  authorization_endpoint: `${issuer}/auth`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
});

/** The client's id, from the Authorization header or the form. */
async function clientOf(request: IncomingMessage): Promise<string> {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (basic) return decodeURIComponent(Buffer.from(basic, 'base64').toString().split(':')[0] ?? '');
  return new URLSearchParams(Buffer.concat(chunks).toString()).get('client_id') ?? 'unknown';
}
