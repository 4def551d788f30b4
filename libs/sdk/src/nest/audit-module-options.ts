import type { Actor } from '@auditorium/events';
import type { Audit } from '../audit.ts';
import type { Transaction } from '../transaction.ts';

/** A request as Express has it, as far as the SDK looks at it. */
export interface IncomingRequest {
  readonly ip?: string | undefined;
  /** Path and query as they came. */
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly query?: unknown;
}

/** How the module is set up. */
export interface AuditModuleOptions {
  /** Made by `createAudit`. */
  // eslint-disable-next-line typescript/no-explicit-any -- a catalogue of any shape; its types matter where events are recorded
  readonly audit: Audit<any>;
  /**
   * Runs work in a transaction of the database with the outbox: where `@Audited()` records what failed or was denied,
   * since the handler's own transaction was rolled back. Without it those events are sent by `emit`.
   */
  readonly transaction?: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;
  /** The org of a request, where the request tells it. Called before guards; add later what they find by `extendAuditContext`. */
  readonly orgOf?: (request: IncomingRequest) => string | undefined;
  /** The actor of a request, where the request tells it. */
  readonly actorOf?: (request: IncomingRequest) => Actor | undefined;
  /** Called when the event of a failed or denied request could not be recorded: log it and raise an alarm. */
  readonly onLost: (error: unknown, action: string) => void;
}

/** Where Nest finds the options. */
export const AUDIT_MODULE_OPTIONS = Symbol('auditorium.audit-module-options');

/** Where Nest finds the audit: `@Inject(AUDIT) audit: Audit<…>`. */
export const AUDIT = Symbol('auditorium.audit');
