import { AuditoriumError } from '@auditorium/events';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Principal } from './principal.ts';

export interface VerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Subjects that operate the platform. */
  readonly operators: readonly string[];
  /** Subjects of our own services. */
  readonly serviceSubjects: readonly string[];
}

export interface TokenVerifier {
  /**
   * The principal of a token.
   * @throws AuditoriumError `unauthenticated` for a token that is not good, `upstream-unavailable` (retryable) when the
   * issuer's keys cannot be had, which says nothing about the token.
   */
  verify(token: string): Promise<Principal>;
  /** Resolves once the issuer's keys have been found; until then no caller can be known. */
  ready(): Promise<void>;
}

/** No symmetric algorithm and no `none`: a public key must never pass for a shared secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const DISCOVERY_TIMEOUT_MS = 5_000;

/** Verifies OpenID Connect access tokens against the issuer's published keys, found by discovery and kept. */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { issuer, audience } = options;
  let found: Promise<JWTVerifyGetKey> | undefined;
  const keys = (): Promise<JWTVerifyGetKey> =>
    (found ??= discoverKeys(issuer).catch((error: unknown) => {
      found = undefined;
      throw error;
    }));
  return {
    async verify(token) {
      const getKey = await keys();
      const checks = {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 5,
      };
      const { payload } = await jwtVerify(token, getKey, checks).catch((error: unknown) => {
        throw refusal(error);
      });
      return principalOf(payload, options);
    },
    ready: async () => void (await keys()),
  };
}

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS) });
    const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer || typeof document.jwks_uri !== 'string') {
      throw new Error(`${url} does not describe the issuer ${issuer}`);
    }
    return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: DISCOVERY_TIMEOUT_MS });
  } catch (cause) {
    throw new AuditoriumError('upstream-unavailable', 'the identity provider cannot be reached', {
      cause,
      retryable: true,
    });
  }
}

function refusal(error: unknown): AuditoriumError {
  const aboutToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported;
  if (!aboutToken) {
    return new AuditoriumError('upstream-unavailable', 'the keys of the identity provider cannot be read', {
      cause: error,
      retryable: true,
    });
  }
  const expired = error instanceof errors.JWTExpired;
  return new AuditoriumError(
    'unauthenticated',
    expired ? 'the access token has expired' : 'the access token is not valid',
    {
      cause: error,
    },
  );
}

function principalOf(payload: JWTPayload, { operators, serviceSubjects }: VerifierOptions): Principal {
  const { sub: subject, name, email } = payload;
  // The types say that it is a text; a provider may say otherwise.
  if (typeof subject !== 'string' || subject === '')
    throw new AuditoriumError('unauthenticated', 'the access token has no subject');
  return {
    subject,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof email === 'string' ? { email } : {}),
    operator: operators.includes(subject),
    service: serviceSubjects.includes(subject),
  };
}
