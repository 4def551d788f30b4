import type { Logger } from '@auditorium/telemetry';
import { Catch } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { problemOf } from './problem-of.ts';

/** Turns whatever a handler threw into problem+json; what is our fault is logged with its cause, what is the caller's is not. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Logger;
  constructor(log: Logger) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<Request & { id?: unknown }>();
    const response = host.switchToHttp().getResponse<Response>();
    const document = problemOf(error);
    if (document.status >= 500)
      this.#log.error({ err: error, requestId: request.id, code: document.code }, 'request failed');
    // A stream that has begun cannot become an error document; cutting it tells the reader that it is not whole.
    if (response.headersSent) return void response.destroy();
    if (document.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (document.status === 503) response.setHeader('Retry-After', '1');
    response.status(document.status).type('application/problem+json');
    response.send(JSON.stringify({ ...document, requestId: request.id }));
  }
}
