import type { Logger } from '@auditorium/telemetry';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from './auth-guard.ts';
import { Problem } from './problem.ts';
import { checkReadiness } from './readiness.ts';
import { ServiceState } from './service-state.ts';
import { LOGGER } from './tokens.ts';

/** `/livez`: the process answers. `/readyz`: it can do its work. `/openapi.json`: what it offers. */
@Public()
@ApiExcludeController()
@Controller()
export class HealthController {
  readonly #state: ServiceState;
  readonly #log: Logger;
  /** What was said of each check last: asked every few seconds, for as long as it fails, it is said once. */
  #said: Readonly<Record<string, string>> = {};
  constructor(@Inject(ServiceState) state: ServiceState, @Inject(LOGGER) log: Logger) {
    this.#state = state;
    this.#log = log;
  }

  @Get('livez')
  live(): object {
    return { status: 'alive' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    if (this.#state.stopping) {
      response.status(503);
      return { status: 'stopping', checks: {} };
    }
    const { ready, checks, errors } = await checkReadiness(this.#state.checks);
    for (const [check, err] of Object.entries(errors))
      if (this.#said[check] !== checks[check]) this.#log.warn({ check, err }, 'not ready');
    this.#said = checks;
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not-ready', checks };
  }

  @Get('openapi.json')
  description(): object {
    const document = this.#state.describe();
    if (document === undefined) throw Problem.notFound();
    return document;
  }
}
