import { randomUUID } from 'node:crypto';
import type { NestMiddleware } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { AuditContext } from '../audit-context.ts';
import { runWithAuditContext } from '../audit-context.ts';
import { currentTraceId } from '../trace-id.ts';
import type { AuditModuleOptions, IncomingRequest } from './audit-module-options.ts';
import { AUDIT_MODULE_OPTIONS } from './audit-module-options.ts';

/**
 * Opens the request context. The address is Express' own `request.ip`: set `trust proxy` when you stand behind one, because
 * a forwarding header alone can be forged by anybody.
 */
@Injectable()
export class AuditContextMiddleware implements NestMiddleware {
  readonly #options: AuditModuleOptions;

  constructor(@Inject(AUDIT_MODULE_OPTIONS) options: AuditModuleOptions) {
    this.#options = options;
  }

  use(request: IncomingRequest, _response: unknown, next: () => void): void {
    runWithAuditContext(this.#contextOf(request), next);
  }

  #contextOf(request: IncomingRequest): AuditContext {
    const { orgOf, actorOf } = this.#options;
    const found = {
      org: orgOf?.(request),
      actor: actorOf?.(request),
      ip: request.ip,
      userAgent: header(request, 'user-agent'),
      requestId: header(request, 'x-request-id') ?? randomUUID(),
      traceId: currentTraceId(header(request, 'traceparent')),
    };
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  }
}

function header(request: IncomingRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
