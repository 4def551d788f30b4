import type { Actor, AuditEvent, EventContext } from '@auditorium/events';
import { AuditoriumError, checkEvent } from '@auditorium/events';
import type { z } from 'zod';
import type { AuditContext } from './audit-context.ts';
import type { UntypedInput } from './audit-event-input.ts';
import type { AuditEventDefinition } from './define-audit-event.ts';

/** What composing needs from outside. */
export interface Composing {
  /** The `source` of every event of this product: a URI reference such as `shop/projects`. */
  readonly source: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly context: AuditContext | undefined;
}

/** An event ready to be stored or sent. */
export interface ComposedEvent {
  readonly id: string;
  readonly org: string;
  readonly action: string;
  /** The bytes as they will lie in the raw topic. */
  readonly line: Buffer;
}

/**
 * Turns what the caller gave into the event's bytes, and checks them with the code that enrichment will use: what passes
 * here is not rejected there.
 *
 * @throws AuditoriumError `event-invalid` with every problem in its message; nothing has been stored or sent.
 */
export function composeEvent(
  definition: AuditEventDefinition,
  input: UntypedInput,
  composing: Composing,
): ComposedEvent {
  const { context } = composing;
  const org = input.org ?? context?.org;
  const actor = input.actor ?? context?.actor;
  if (org === undefined) throw invalid(input.action, 'it has no org, and neither has the request context');
  if (actor === undefined)
    throw invalid(input.action, 'it has no actor, and neither has the request context');
  checkTargets(definition, input);
  const event = eventOf(definition, input, composing, { org, actor });
  const line = serialised(event);
  const checked = checkEvent(line, Buffer.from(org), composing.now().getTime());
  if (!checked.ok) throw invalid(input.action, `it would be rejected as ${checked.code}`);
  return { id: event.id, org, action: input.action, line };
}

function eventOf(
  definition: AuditEventDefinition,
  input: UntypedInput,
  { source, now, newId, context }: Composing,
  { org, actor }: { org: string; actor: Actor },
): AuditEvent {
  const [subject] = input.targets;
  return {
    specversion: '1.0',
    id: input.id ?? newId(),
    source,
    type: input.action,
    time: (input.time ?? now()).toISOString(),
    ...(subject && { subject: `${subject.type}/${subject.id}` }),
    dataschema: schemaUri(source, definition),
    orgid: org,
    data: {
      actor,
      targets: input.targets,
      outcome: input.outcome ?? 'success',
      context: contextOf(input.context, context),
      ...checkedFields(definition, input),
    },
  };
}

/** Names the catalogue entry that describes `data`. */
export function schemaUri(source: string, definition: { action: string; version: number }): string {
  return `urn:auditorium:event:${encodeURIComponent(source)}:${definition.action}:${definition.version}`;
}

function contextOf(
  given: EventContext | undefined,
  context: AuditContext | undefined,
): EventContext | undefined {
  const { ip, userAgent, requestId, traceId } = { ...context, ...given };
  const merged = { ip, userAgent, requestId, traceId };
  return Object.values(merged).every((value) => value === undefined) ? undefined : merged;
}

function checkTargets({ action, targets }: AuditEventDefinition, input: UntypedInput): void {
  const [first] = input.targets;
  if (first === undefined) throw invalid(action, 'it has no target');
  if (first.type !== targets[0])
    throw invalid(action, `its first target is a ${first.type}, not a ${targets[0]}`);
  const stranger = input.targets.find(({ type }) => !targets.includes(type));
  if (stranger !== undefined)
    throw invalid(action, `a target is a ${stranger.type}, which it does not declare`);
}

type Part = 'metadata' | 'before' | 'after';

function checkedFields(definition: AuditEventDefinition, input: UntypedInput): Partial<Record<Part, never>> {
  const problems: string[] = [];
  const fields: Partial<Record<Part, unknown>> = {};
  for (const part of ['metadata', 'before', 'after'] as const) {
    const value = parsed(part, definition[part], input, problems);
    if (value !== undefined) fields[part] = value;
  }
  if (problems.length > 0) throw invalid(input.action, problems.join('; '));
  return fields as Partial<Record<Part, never>>;
}

function parsed(part: Part, schema: z.ZodType | undefined, input: UntypedInput, problems: string[]): unknown {
  const value = input[part];
  if (schema === undefined) {
    if (value !== undefined) problems.push(`${part} is not declared`);
    return undefined;
  }
  // What failed or was denied may leave out what it did not change; what it does say is checked.
  if (value === undefined && input.outcome !== undefined && input.outcome !== 'success') return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  problems.push(
    ...result.error.issues.map((issue) => `${[part, ...issue.path].join('.')}: ${issue.message}`),
  );
  return undefined;
}

function serialised(event: AuditEvent): Buffer {
  try {
    return Buffer.from(JSON.stringify(event));
  } catch (cause) {
    throw new AuditoriumError('event-invalid', `${event.type} cannot be written as JSON`, { cause });
  }
}

function invalid(action: string, why: string): AuditoriumError {
  return new AuditoriumError('event-invalid', `The event ${action} was not recorded: ${why}.`);
}
