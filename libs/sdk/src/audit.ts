import { randomUUID } from 'node:crypto';
import { AuditoriumError } from '@auditorium/events';
import { currentAuditContext, noteRecorded } from './audit-context.ts';
import type { AuditEventInput, UntypedInput } from './audit-event-input.ts';
import type { ComposedEvent } from './compose-event.ts';
import { composeEvent } from './compose-event.ts';
import type { AuditEventDefinition } from './define-audit-event.ts';
import type { Emitting } from './emit-event.ts';
import { emitEvent } from './emit-event.ts';
import type { DirectoryAccess, IdentifiedActor } from './identify-actor.ts';
import { identifyActor } from './identify-actor.ts';
import type { OutboxPlace } from './outbox-table.ts';
import { recordEvent } from './record-event.ts';
import type { Transaction } from './transaction.ts';

/** How a product speaks to Auditorium. */
export interface AuditOptions<C extends readonly AuditEventDefinition[]> {
  /** The `source` of every event: a URI reference that names the product and its part, such as `shop/projects`. */
  readonly source: string;
  /** Every event that this product knows. */
  readonly catalogue: C;
  /** Where `record` puts events. Default: schema `public`. */
  readonly outbox?: OutboxPlace;
  /** Where `emit` sends events; without it `emit` is refused. */
  readonly emitting?: Emitting;
  /** How `identify` reaches the directory; without it `identify` is refused. */
  readonly directory?: DirectoryAccess;
  /** The clock. Default: the machine's. */
  readonly now?: () => Date;
  /** Makes event ids. Default: random UUIDs. */
  readonly newId?: () => string;
}

/** What identifies a recorded event, besides its org and the product's source. */
export interface EventReference {
  readonly id: string;
}

/** The SDK's face. Made by {@link createAudit}; one for each product is enough, and it holds no state. */
export interface Audit<D extends AuditEventDefinition> {
  readonly source: string;
  readonly catalogue: readonly D[];
  /**
   * Stores an event in the outbox within the caller's transaction. When that commits, the event will arrive, once and in
   * the org's order; when it rolls back, there was no event.
   *
   * @throws AuditoriumError `event-invalid`, `not-in-transaction`, `outbox-missing`: nothing was stored.
   */
  record(tx: Transaction, event: AuditEventInput<D>): Promise<EventReference>;
  /**
   * Sends an event without an outbox, for those who have no database. Resolves once every in-sync replica has it. When it
   * rejects, the event may have arrived or not: call again with the same `id`, and it is kept once.
   *
   * @throws AuditoriumError `event-invalid`; or what the producer reports, `retryable` where the same call may succeed.
   */
  emit(event: AuditEventInput<D>): Promise<EventReference>;
  /** Tells the directory an actor's name, e-mail address and roles; they are kept there alone, and can be erased there. */
  identify(actor: IdentifiedActor): Promise<void>;
}

/** Makes the SDK's face for a catalogue. */
export function createAudit<const C extends readonly AuditEventDefinition[]>(
  options: AuditOptions<C>,
): Audit<C[number]> {
  const definitions = byAction(options.catalogue);
  const schema = options.outbox?.schema ?? 'public';
  const compose = (input: UntypedInput): ComposedEvent =>
    composeEvent(definitionOf(definitions, input), input, {
      source: options.source,
      now: options.now ?? (() => new Date()),
      newId: options.newId ?? randomUUID,
      context: currentAuditContext(),
    });
  return {
    source: options.source,
    catalogue: options.catalogue,
    async record(tx, input) {
      const event = compose(input);
      await recordEvent(tx, event, schema);
      noteRecorded();
      return { id: event.id };
    },
    async emit(input) {
      const event = compose(input);
      await emitEvent(required(options.emitting, 'emit', 'emitting'), event);
      noteRecorded();
      return { id: event.id };
    },
    async identify(actor) {
      await identifyActor(required(options.directory, 'identify', 'directory'), actor);
    },
  };
}

function byAction(catalogue: readonly AuditEventDefinition[]): Map<string, AuditEventDefinition> {
  const definitions = new Map(catalogue.map((definition) => [definition.action, definition]));
  if (definitions.size === catalogue.length) return definitions;
  throw new AuditoriumError('event-invalid', 'The catalogue defines an action twice.');
}

function definitionOf(
  definitions: Map<string, AuditEventDefinition>,
  input: UntypedInput,
): AuditEventDefinition {
  const definition = definitions.get(input.action);
  if (definition !== undefined) return definition;
  throw new AuditoriumError('event-invalid', `The action ${input.action} is not in the catalogue.`);
}

function required<T>(option: T | undefined, method: string, name: string): T {
  if (option !== undefined) return option;
  throw new AuditoriumError('settings-invalid', `${method}() needs the option "${name}" of createAudit.`);
}
