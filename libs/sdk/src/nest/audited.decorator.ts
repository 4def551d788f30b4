import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { CommonInput, Optional, Targets, UntypedInput } from '../audit-event-input.ts';
import type { AuditEventDefinition } from '../define-audit-event.ts';

/** What is known when a route has ended: the request as it came, and the handler's result if it succeeded. */
export interface AuditedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the handler returned; undefined when it failed or was never reached. */
  readonly result: unknown;
  /** What the handler threw; undefined when it succeeded. */
  readonly error: unknown;
}

/** What the request tells; what changed is the handler's to say. */
type Described<T extends readonly [string, ...string[]], M> = CommonInput & {
  readonly targets: Targets<T>;
} & Optional<'metadata', M>;

/** What `@Audited()` leaves on a route. */
export interface AuditedRoute {
  readonly action: string;
  /** The definition declares what changed, which only the handler knows. */
  readonly isChange: boolean;
  readonly describe: (request: AuditedRequest) => Omit<UntypedInput, 'action' | 'outcome'>;
}

/** Where Nest keeps it. */
export const AUDITED = Symbol('auditorium.audited');

/**
 * Audits a route: what failed or was denied is recorded with that outcome. A success is the handler's to record, within
 * its transaction, by `record(tx, …)`; a route whose event declares neither `before` nor `after` and whose handler has
 * recorded nothing gets its success recorded as well.
 *
 * @param describe tells targets and metadata from the request; it must also work when the handler was never reached.
 */
export function Audited<T extends readonly [string, ...string[]], M extends z.ZodType | undefined>(
  definition: AuditEventDefinition<string, T, M>,
  describe: (request: AuditedRequest) => Described<T, M>,
): MethodDecorator {
  const isChange = definition.before !== undefined || definition.after !== undefined;
  const route = { action: definition.action, isChange, describe } as unknown as AuditedRoute;
  return SetMetadata(AUDITED, route);
}
