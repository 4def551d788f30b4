import type { Logger } from '@auditorium/telemetry';
import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { AuthGuard } from './auth-guard.ts';
import { HealthController } from './health-controller.ts';
import { Problem } from './problem.ts';
import { ProblemFilter } from './problem-filter.ts';
import { invalidRequest } from './problem-of.ts';
import { requestLog } from './request-log.ts';
import { ServiceState } from './service-state.ts';
import { LOGGER } from './tokens.ts';
import type { TokenVerifier } from './token-verifier.ts';

export { LOGGER } from './tokens.ts';

export interface FoundationOptions {
  readonly log: Logger;
  readonly state: ServiceState;
  /** Absent only for a server that hands out public files: then no route asks for a token. */
  readonly verifier?: TokenVerifier;
}

/** What every service's HTTP stands on: token guard, problem documents, schema validation, health, request log. */
@Module({})
export class HttpFoundation {
  static with({ log, state, verifier }: FoundationOptions): DynamicModule {
    const guard = verifier === undefined ? [] : [{ provide: APP_GUARD, useValue: new AuthGuard(verifier) }];
    return {
      module: HttpFoundation,
      global: true,
      imports: [LoggerModule.forRoot(requestLog(log))],
      controllers: [HealthController],
      providers: [
        { provide: LOGGER, useValue: log },
        { provide: ServiceState, useValue: state },
        { provide: APP_FILTER, useValue: new ProblemFilter(log) },
        { provide: APP_PIPE, useValue: new StandardSchemaValidationPipe({ exceptionFactory: invalid }) },
        ...guard,
      ],
      exports: [LOGGER],
    };
  }
}

function invalid(issues: readonly { path?: unknown; message: string }[]): Problem {
  const { detail, errors } = invalidRequest(issues);
  return Problem.invalid(detail, { errors });
}
