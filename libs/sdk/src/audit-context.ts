import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '@auditorium/events';

/** What is known of the request that is being served. Every field is optional: a cron job has no address. */
export interface AuditContext {
  org?: string;
  actor?: Actor;
  ip?: string;
  userAgent?: string;
  requestId?: string;
  traceId?: string;
}

/** The context and what has happened in it. */
interface Scope {
  readonly context: AuditContext;
  /** Actions recorded within this scope, so that `@Audited()` does not record a success twice. */
  readonly recorded: Set<string>;
}

const storage = new AsyncLocalStorage<Scope>();

/** Runs `work` with `context`: every event recorded within takes actor, address and ids from it. */
export function runWithAuditContext<T>(context: AuditContext, work: () => T): T {
  return storage.run({ context: { ...context }, recorded: new Set() }, work);
}

/** The context of the current request; undefined outside of one. */
export function currentAuditContext(): AuditContext | undefined {
  return storage.getStore()?.context;
}

/**
 * Adds to the context of the current request, for example the actor once the token has been checked.
 * Does nothing outside of a request.
 */
export function extendAuditContext(more: AuditContext): void {
  const scope = storage.getStore();
  if (scope !== undefined) Object.assign(scope.context, more);
}

/** Notes that an action was recorded within this request. */
export function noteRecorded(action: string): void {
  storage.getStore()?.recorded.add(action);
}

/** Whether the action was recorded within this request. */
export function wasRecorded(action: string): boolean {
  return storage.getStore()?.recorded.has(action) ?? false;
}
