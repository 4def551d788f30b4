import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingRequest } from './audit-module-options.ts';
import type { AuditedRoute } from './audited.decorator.ts';
import { AUDITED } from './audited.decorator.ts';
import { auditedRequest } from './audited.interceptor.ts';
import { outcomeOfStatus } from './audited-outcome.ts';
import { hasReachedHandler } from './guarded-routes.ts';
import { RouteRecorder } from './route-recorder.ts';

interface Response {
  readonly statusCode: number;
  once(event: 'finish', listener: () => void): unknown;
}

/**
 * Refuses nothing. In Nest a guard that refuses ends the request before any interceptor, so this guard, being asked first,
 * notes which route was meant; when the response is finished without the interceptor having been reached, it was refused.
 */
@Injectable()
export class RefusalGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #recorder: RouteRecorder;

  constructor(@Inject(Reflector) reflector: Reflector, @Inject(RouteRecorder) recorder: RouteRecorder) {
    this.#reflector = reflector;
    this.#recorder = recorder;
  }

  canActivate(context: ExecutionContext): boolean {
    const route = this.#reflector.get<AuditedRoute | undefined>(AUDITED, context.getHandler());
    if (route === undefined || context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<IncomingRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    response.once('finish', () => void this.#finished(route, request, response.statusCode));
    return true;
  }

  async #finished(route: AuditedRoute, request: IncomingRequest, status: number): Promise<void> {
    if (hasReachedHandler(request)) return;
    try {
      await this.#recorder.record(route, outcomeOfStatus(status), auditedRequest(request, {}));
    } catch (lost) {
      this.#recorder.reportLost(route, lost);
    }
  }
}
