import { LAYOUT_NAMES } from '@auditorium/layouts';
import { z } from 'zod';

/** A prefix is empty or a path with a slash at its end, of characters that need no escaping and mean nothing in a policy. */
const PREFIX = /^(?:[A-Za-z0-9!_.'()=-]+\/)*$/;

const bucket = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'a bucket name has 3 to 63 lower-case letters, digits, dots and hyphens',
  );
const prefix = z
  .string()
  .max(256)
  .transform((text) => (text === '' || text.endsWith('/') ? text : `${text}/`))
  .pipe(z.string().regex(PREFIX, "a prefix is a path of letters, digits and !_.'()=- such as audit/"))
  .refine(
    (text) => !text.split('/').some((part) => part === '.' || part === '..'),
    'a prefix has no . or .. in it',
  );
const roleArn = z
  .string()
  .regex(
    /^arn:aws(?:-cn|-us-gov)?:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
    'a role ARN looks like arn:aws:iam::123456789012:role/name',
  );
const region = z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region looks like eu-central-1');

/** What an admin may set. `region` null: that of the platform, until the provider names another. */
export const destinationSettingsSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'a name has no control characters')
    .describe('What the console calls it'),
  bucket: bucket.describe('The bucket; not changed once something may have been written'),
  prefix: prefix.describe('Put before every key; not changed once something may have been written'),
  roleArn: roleArn.describe('The role in your account that we assume'),
  region: region.nullable().describe('Where the bucket lives'),
  bucketOwner: z
    .string()
    .regex(/^\d{12}$/)
    .nullable()
    .describe("Account that must own the bucket; null: the role's"),
  kmsKeyArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/)
    .nullable()
    .describe("Key that objects are encrypted with; null: the bucket's own default"),
  layout: z.enum(LAYOUT_NAMES).describe('Shape of keys and lines; a change counts from the next window on'),
  windowSeconds: z.int().min(1).max(86_400).describe('Seconds from one window to the next'),
});

export type DestinationSettings = z.infer<typeof destinationSettingsSchema>;

/** What creating one takes; the rest has defaults. */
export const newDestinationSchema = destinationSettingsSchema
  .partial()
  .required({ bucket: true, roleArn: true })
  .extend({
    from: z
      .enum(['beginning', 'now'])
      .default('beginning')
      .describe('Whether events of before this destination are sent as well'),
  });

export type NewDestination = z.infer<typeof newDestinationSchema>;

/** What may be sent to change one: any part of it. */
export const changedDestinationSchema = destinationSettingsSchema.partial();

export function settingsOf(wanted: NewDestination, defaultWindowSeconds: number): DestinationSettings {
  return {
    name: wanted.name ?? wanted.bucket,
    bucket: wanted.bucket,
    prefix: wanted.prefix ?? '',
    roleArn: wanted.roleArn,
    region: wanted.region ?? null,
    bucketOwner: wanted.bucketOwner ?? null,
    kmsKeyArn: wanted.kmsKeyArn ?? null,
    layout: wanted.layout ?? LAYOUT_NAMES[0],
    windowSeconds: wanted.windowSeconds ?? defaultWindowSeconds,
  };
}

/** The account that must own the bucket: the one named, else the role's. */
export function ownerOf({ bucketOwner, roleArn: arn }: DestinationSettings): string {
  return bucketOwner ?? (arn.split(':')[4] as string);
}

/** Two places overlap when one contains the other; then one's objects could be taken for the other's. */
export function overlap(
  a: { bucket: string; prefix: string },
  b: { bucket: string; prefix: string },
): boolean {
  return a.bucket === b.bucket && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}

/** Plans that destinations belong to (WM1). */
const PLANS: ReadonlySet<string> = new Set(['enterprise', 'enterprise-trial']);

export function includesDestinations(plan: string): boolean {
  return PLANS.has(plan);
}
