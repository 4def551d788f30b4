import { AssumeRoleCommand, STSClient, type AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { AuditoriumError } from '@auditorium/events';
import { cachedCredentials, type Credentials, type CredentialsProvider } from './credentials.ts';
import { providerError } from './provider-answer.ts';

export interface AssumedRoleOptions {
  readonly roleArn: string;
  /** Made by the platform; the customer's trust policy must demand it. */
  readonly externalId: string;
  /** The org's id, so that the customer sees and can pin it. 2 to 64 characters. */
  readonly sessionName: string;
  /** Narrows the role further, as a policy document; what both allow is allowed. */
  readonly policy?: object | undefined;
  readonly region: string;
  /** Only for stand-ins of AWS. */
  readonly stsEndpoint?: string | undefined;
  /** 900 to 43,200 s; default 3,600. A chained role never gets more than 3,600. */
  readonly durationSeconds?: number | undefined;
  /** The platform's own credentials; default: those of the process. */
  readonly credentials?: CredentialsProvider | undefined;
  /** Bounds one call, default 10,000 ms. */
  readonly timeoutMs?: number | undefined;
}

/** Credentials of a customer's role, cached and renewed early. Errors are `sts-access-denied` or `sts-unavailable`. */
export function assumedRole(options: AssumedRoleOptions): CredentialsProvider & { forget(): void } {
  return cachedCredentials(() => assume(options));
}

/** The credentials of this process by the SDK's usual chain: `AWS_*`, web identity, instance role. */
export function ambientCredentials(region: string): CredentialsProvider {
  const client = new STSClient({ region });
  return async () => client.config.credentials();
}

async function assume(options: AssumedRoleOptions): Promise<Credentials> {
  const command = new AssumeRoleCommand({
    RoleArn: options.roleArn,
    ExternalId: options.externalId,
    RoleSessionName: options.sessionName,
    DurationSeconds: options.durationSeconds ?? 3600,
    Policy: options.policy === undefined ? undefined : JSON.stringify(options.policy),
  });
  try {
    const abortSignal = AbortSignal.timeout(options.timeoutMs ?? 10_000);
    return credentialsOf(await clientOf(options).send(command, { abortSignal }));
  } catch (error) {
    throw error instanceof AuditoriumError ? error : stsError(options.roleArn, error);
  }
}

const clients = new WeakMap<CredentialsProvider, Map<string, STSClient>>();
const ambient: CredentialsProvider = () => Promise.reject(new Error('never called: a key for the map alone'));

/** One client for each endpoint and platform principal: a client costs connections and 100 KB. */
function clientOf({ credentials, region, stsEndpoint }: AssumedRoleOptions): STSClient {
  const owner = credentials ?? ambient;
  const known = clients.get(owner) ?? new Map<string, STSClient>();
  clients.set(owner, known);
  const name = `${region} ${stsEndpoint ?? ''}`;
  const client = known.get(name) ?? newClient(region, stsEndpoint, credentials);
  known.set(name, client);
  return client;
}

function newClient(region: string, endpoint?: string, credentials?: CredentialsProvider): STSClient {
  return new STSClient({
    region,
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: async () => sdkShape(await credentials()) }),
  });
}

function sdkShape({ accessKeyId, secretAccessKey, sessionToken, expiration }: Credentials) {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

function credentialsOf(output: AssumeRoleCommandOutput): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = output.Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined) {
    const answer = { providerCode: 'BadAnswer', requestId: output.$metadata.requestId };
    throw providerError('sts-unavailable', 'STS answered without credentials', answer, { retryable: true });
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

interface SdkFault extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly code?: string;
}

/** Passing, or a fault of the platform's own credentials: nothing that the role's owner could mend. */
const NOT_THEIRS = new Set([
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'CredentialsProviderError',
  'RequestTimeTooSkewed',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'ExpiredToken',
  'RequestExpired',
]);

/** What the SDK calls an answer that it could not read. */
const UNREADABLE = /^(?:Unknown|UnknownError|Error|SyntaxError|TypeError|\d+)$/;

/**
 * Only what STS itself said. A page of whoever stands in between is no verdict on the role: its owner would be sent to look
 * for a fault that is not there, and a role that takes any external ID would pass for one that refuses a wrong one.
 */
function isRefusal(status: number | undefined, name: string): boolean {
  if (status === undefined || status < 400 || status >= 500 || status === 408 || status === 429) return false;
  return !NOT_THEIRS.has(name) && !UNREADABLE.test(name);
}

function stsError(roleArn: string, error: unknown): AuditoriumError {
  const fault = (error instanceof Error ? error : new Error(String(error))) as SdkFault;
  const status = fault.$metadata?.httpStatusCode;
  const answer = { providerCode: fault.code ?? fault.name, requestId: fault.$metadata?.requestId, status };
  const transient = !isRefusal(status, fault.name);
  return providerError(
    transient ? 'sts-unavailable' : 'sts-access-denied',
    `STS did not let us assume ${roleArn}: ${answer.providerCode}: ${fault.message.slice(0, 500)}`,
    answer,
    { cause: error, retryable: transient },
  );
}
