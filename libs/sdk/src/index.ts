export { createAudit, type Audit, type AuditOptions, type EventReference } from './audit.ts';
export {
  currentAuditContext,
  extendAuditContext,
  runWithAuditContext,
  type AuditContext,
} from './audit-context.ts';
export type { AuditEventInput, TypedTarget } from './audit-event-input.ts';
export { catalogueDocument, type CatalogueEntry } from './catalogue-document.ts';
export { clientCredentials, type ClientCredentials } from './client-credentials.ts';
export {
  defineAuditEvent,
  personal,
  type AuditEventDefinition,
  type AuditEventSpec,
} from './define-audit-event.ts';
export type { Emitting } from './emit-event.ts';
export type { DirectoryAccess, IdentifiedActor } from './identify-actor.ts';
export {
  createImporterProducer,
  type ImportedEvent,
  type ImporterOptions,
  type ImporterProducer,
} from './importer-producer.ts';
export { outboxBacklog, type OutboxBacklog } from './outbox-backlog.ts';
export {
  dropOutboxTableSql,
  outboxMigration,
  outboxTableSql,
  type OutboxMigration,
  type OutboxOptions,
  type OutboxPlace,
} from './outbox-table.ts';
export { createRelay, type Relay } from './relay.ts';
export type { RelayClient, RelayPool } from './relay-connection.ts';
export { RELAY_CRASH_POINTS, type RelayCrashPoint } from './relay-lane.ts';
export type { RelayLog, RelayOptions } from './relay-options.ts';
export { renewOutbox, type RenewedOutbox } from './renew-outbox.ts';
export { currentTraceId } from './trace-id.ts';
export type { Transaction } from './transaction.ts';
