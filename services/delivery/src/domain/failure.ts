/** Why something could not be sent, for the person who can mend it. */
export interface Failure {
  /** From the closed list of codes. */
  readonly code: string;
  /** Where it failed. */
  readonly step: 'assume-role' | 'write' | 'platform';
  readonly message: string;
  readonly fix: string | null;
  readonly providerCode: string | null;
  readonly requestId: string | null;
  /** Object that is in the way, for a conflict. */
  readonly key: string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** What an error says of itself, without being one: the domain knows no classes of adapters. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly providerCode?: string | undefined;
  readonly requestId?: string | undefined;
  readonly region?: string | undefined;
}

interface Advice {
  readonly step: Failure['step'];
  readonly message: string;
  readonly fix: string | null;
}

/** Causes in words. `fix` null: it is ours or the provider's to mend, and it goes on by itself. */
const ADVICE: Readonly<Record<string, Advice>> = {
  'sts-access-denied': {
    step: 'assume-role',
    message: 'Your role does not let us assume it.',
    fix: 'Check that the role exists under this ARN, and that its trust policy names our principal and this external ID.',
  },
  'sts-any-external-id': {
    step: 'assume-role',
    message:
      'Your role lets us in whatever external ID we present, so any other customer of ours could name it and write through it. We do not use it.',
    fix: 'Add the condition on sts:ExternalId to its trust policy, as the policy to copy has it.',
  },
  'sts-unavailable': { step: 'assume-role', message: 'AWS STS did not answer. We keep trying.', fix: null },
  's3-access-denied': {
    step: 'write',
    message:
      'The role may not write to this bucket below this prefix, or the bucket belongs to another account.',
    fix: 'Give the role s3:PutObject on the bucket and prefix, check the bucket policy for a Deny, and name the account that owns the bucket if it is not the role’s.',
  },
  's3-wrong-owner': {
    step: 'write',
    message: 'The bucket belongs to another account than expected.',
    fix: 'Check the name of the bucket, or name the account that owns it.',
  },
  's3-no-bucket': {
    step: 'write',
    message: 'There is no bucket of this name.',
    fix: 'Create the bucket, or correct its name.',
  },
  's3-wrong-region': {
    step: 'write',
    message: 'The bucket lives in another region.',
    fix: 'Set the region of the destination to that of the bucket.',
  },
  's3-kms': {
    step: 'write',
    message: 'The key that encrypts this bucket cannot be used.',
    fix: 'Let the role use kms:GenerateDataKey with it, and check that the key is enabled.',
  },
  's3-invalid': {
    step: 'write',
    message: 'The bucket refused the object.',
    fix: 'See the provider’s code and message.',
  },
  's3-throttled': { step: 'write', message: 'The bucket asks us to slow down. We keep trying.', fix: null },
  's3-busy': { step: 'write', message: 'Two writes met at the same key. We keep trying.', fix: null },
  's3-timeout': { step: 'write', message: 'The bucket took too long to answer. We keep trying.', fix: null },
  's3-unavailable': { step: 'write', message: 'The bucket did not answer. We keep trying.', fix: null },
  's3-checksum': {
    step: 'write',
    message: 'The object arrived damaged and was refused. We keep trying.',
    fix: null,
  },
  's3-unexpected': {
    step: 'write',
    message: 'The bucket gave an answer that is not S3’s. We keep trying.',
    fix: null,
  },
  'object-conflict': {
    step: 'write',
    message: 'There is an object at this key that we did not write. Nothing is sent until you have looked.',
    fix: 'Move the object away, then resume.',
  },
};

const OURS: Advice = {
  step: 'platform',
  message:
    'Auditorium could not prepare the object. That is ours to mend; nothing is lost, and we keep trying.',
  fix: null,
};

/** @param at when it failed, RFC 3339 */
export function failureOf(fault: Fault, at: string, key: string | null = null): Failure {
  const { step, message, fix } = ADVICE[fault.code] ?? OURS;
  const where = fault.region === undefined ? '' : ` It is in ${fault.region}.`;
  return {
    code: fault.code,
    step,
    message: `${message}${where}`,
    fix,
    key,
    at,
    providerCode: fault.providerCode ?? null,
    requestId: fault.requestId ?? null,
  };
}

/** Whether it is ours to mend. Then the destination is not called failing: its owner can do nothing about it. */
export function isOurs({ step }: Failure): boolean {
  return step === 'platform';
}

/** Codes after which it is certain that nothing was written: no byte was sent, or the provider has refused it. */
const NOT_WRITTEN = new Set([
  's3-access-denied',
  's3-no-bucket',
  's3-wrong-region',
  's3-wrong-owner',
  's3-invalid',
  's3-kms',
  's3-checksum',
]);

/** Whether an attempt that ended like this may nevertheless have left its object: an answer may have been lost. */
export function mayHaveWritten(code: string): boolean {
  return !NOT_WRITTEN.has(code) && !code.startsWith('sts-');
}
