import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { catchError, from, map, mergeMap, throwError } from 'rxjs';
import type { IncomingRequest } from './audit-module-options.ts';
import type { AuditedRequest, AuditedRoute } from './audited.decorator.ts';
import { AUDITED } from './audited.decorator.ts';
import { outcomeOfError } from './audited-outcome.ts';
import { reachedHandler } from './guarded-routes.ts';
import { RouteRecorder } from './route-recorder.ts';

/** Records how a route with `@Audited()` ended, before the caller gets the answer. */
@Injectable()
export class AuditedInterceptor implements NestInterceptor {
  readonly #reflector: Reflector;
  readonly #recorder: RouteRecorder;

  constructor(@Inject(Reflector) reflector: Reflector, @Inject(RouteRecorder) recorder: RouteRecorder) {
    this.#reflector = reflector;
    this.#recorder = recorder;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = this.#reflector.get<AuditedRoute | undefined>(AUDITED, context.getHandler());
    if (route === undefined || context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<IncomingRequest>();
    reachedHandler(request);
    return next.handle().pipe(
      catchError((error: unknown) =>
        from(this.#failed(route, request, error)).pipe(mergeMap(() => throwError(() => error))),
      ),
      mergeMap((result: unknown) => from(this.#succeeded(route, request, result)).pipe(map(() => result))),
    );
  }

  /** An event that cannot be recorded fails the request: the caller must not believe that all is well. */
  async #succeeded(route: AuditedRoute, request: IncomingRequest, result: unknown): Promise<void> {
    await this.#recorder.record(route, 'success', auditedRequest(request, { result }));
  }

  /** The caller gets the handler's own error in any case. */
  async #failed(route: AuditedRoute, request: IncomingRequest, error: unknown): Promise<void> {
    try {
      await this.#recorder.record(route, outcomeOfError(error), auditedRequest(request, { error }));
    } catch (lost) {
      this.#recorder.reportLost(route, lost);
    }
  }
}

/** What `describe` gets to see. */
export function auditedRequest(
  request: IncomingRequest,
  ending: { readonly result?: unknown; readonly error?: unknown },
): AuditedRequest {
  const { params = {}, body, headers } = request;
  const query = (request.query ?? {}) as Record<string, unknown>;
  return { params, body, headers, query, result: ending.result, error: ending.error };
}
