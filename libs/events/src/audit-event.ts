import { z } from 'zod';
import { ACTOR_TYPE, EVENT_TYPE, LIMITS, ORG_ID } from './limits.ts';
import { RESERVED_ATTRIBUTES } from './reserved-attributes.ts';
import { instantOf } from './rfc3339.ts';

const text = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine(isStorable, 'holds NUL or a lone surrogate')
    .refine((value) => Buffer.byteLength(value) <= bytes, `longer than ${bytes} bytes of UTF-8`);

const subjectSchema = z.looseObject({
  type: z.string().regex(ACTOR_TYPE),
  id: text(LIMITS.actorIdBytes),
});

/** Who did it. */
export const actorSchema = subjectSchema;

/** What it was done to. */
export const targetSchema = subjectSchema.extend({ name: z.string().optional() });

/** From where it was done. */
export const contextSchema = z.looseObject({
  ip: z.string().optional(),
  userAgent: z.string().optional(),
  requestId: z.string().optional(),
  traceId: z.string().optional(),
});

/** How it ended. */
export const outcomeSchema = z.enum(['success', 'failure', 'denied']);

/** What is particular to an audit event: CloudEvents' `data`. Other members are kept as they are. */
export const auditDataSchema = z.looseObject({
  actor: actorSchema,
  targets: z.array(targetSchema),
  outcome: outcomeSchema,
  context: contextSchema.optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

/**
 * An audit event for those who produce one: CloudEvents 1.0 in structured JSON. Enrichment does not use it but scans the
 * bytes ({@link checkEvent}); what this schema accepts and the limits on the whole allow, that accepts too.
 */
export const auditEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: text(LIMITS.idBytes),
    source: text(LIMITS.sourceBytes),
    type: z.string().max(LIMITS.typeBytes).regex(EVENT_TYPE),
    time: z.string().refine((value) => instantOf(value) !== undefined, 'not an RFC 3339 time'),
    subject: z.string().optional(),
    dataschema: z.string().optional(),
    datacontenttype: z.string().optional(),
    orgid: z.string().regex(ORG_ID),
    data: auditDataSchema,
  })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .superRefine((event, context) => {
    for (const name of Object.keys(event)) {
      if (!/^[a-z0-9]+$/.test(name)) context.addIssue(`attribute name ${name} is not [a-z0-9]+`);
      if (RESERVED_ATTRIBUTES.has(name)) context.addIssue(`attribute ${name} is added by enrichment`);
    }
  });

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

/** Who did it. */
export interface Actor {
  readonly type: string;
  readonly id: string;
}

/** What it was done to. */
export interface Target {
  readonly type: string;
  readonly id: string;
  readonly name?: string | undefined;
}

/** How it ended. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** From where it was done. */
export interface EventContext {
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** One audit fact: a CloudEvents 1.0 event. Its identity is (orgid, source, id). */
export interface AuditEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** Which product and part of it: a URI reference. */
  readonly source: string;
  /** The action, `noun.verb`. */
  readonly type: string;
  /** When it happened, RFC 3339 with an offset. */
  readonly time: string;
  /** `type/id` of the first target. */
  readonly subject?: string | undefined;
  readonly dataschema?: string | undefined;
  readonly orgid: string;
  readonly data: {
    readonly actor: Actor;
    readonly targets: readonly Target[];
    readonly outcome: Outcome;
    readonly context?: EventContext | undefined;
    readonly before?: unknown;
    readonly after?: unknown;
    readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  };
}
