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
  /** Whether the handler has recorded something itself, so that `@Audited()` does not tell a success twice. */
  hasRecorded: boolean;
}

const storage = new AsyncLocalStorage<Scope>();

/** Runs `work` with `context`: every event recorded within takes actor, address and ids from it. */
export function runWithAuditContext<T>(context: AuditContext, work: () => T): T {
  return storage.run({ context: { ...context }, hasRecorded: false }, work);
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

/** Notes that an event was recorded within this request. */
export function noteRecorded(): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.hasRecorded = true;
}

/** Whether an event was recorded within this request. */
export function hasRecorded(): boolean {
  return storage.getStore()?.hasRecorded ?? false;
}
