import type { Outcome } from '@auditorium/events';
import { Inject, Injectable } from '@nestjs/common';
import type { Audit } from '../audit.ts';
import { hasRecorded } from '../audit-context.ts';
import type { UntypedInput } from '../audit-event-input.ts';
import type { AuditEventDefinition } from '../define-audit-event.ts';
import type { AuditModuleOptions } from './audit-module-options.ts';
import { AUDIT_MODULE_OPTIONS } from './audit-module-options.ts';
import type { AuditedRequest, AuditedRoute } from './audited.decorator.ts';

interface UntypedAudit {
  record(tx: unknown, input: UntypedInput): Promise<unknown>;
  emit(input: UntypedInput): Promise<unknown>;
}

/** Records how a route ended: through the outbox in a transaction of its own, or without a database by `emit`. */
@Injectable()
export class RouteRecorder {
  readonly #options: AuditModuleOptions;

  constructor(@Inject(AUDIT_MODULE_OPTIONS) options: AuditModuleOptions) {
    this.#options = options;
  }

  /** Does nothing for a success that was the handler's to record within its own transaction. */
  async record(route: AuditedRoute, outcome: Outcome, request: AuditedRequest): Promise<void> {
    if (outcome === 'success' && (route.isChange || hasRecorded())) return;
    const input: UntypedInput = { ...route.describe(request), action: route.action, outcome };
    const audit = this.#options.audit as Audit<AuditEventDefinition> as unknown as UntypedAudit;
    const { transaction } = this.#options;
    if (transaction === undefined) await audit.emit(input);
    else await transaction((tx) => audit.record(tx, input));
  }

  /** For events that cannot be recorded any more without failing a request that has already been answered. */
  reportLost(route: AuditedRoute, error: unknown): void {
    this.#options.onLost(error, route.action);
  }
}
