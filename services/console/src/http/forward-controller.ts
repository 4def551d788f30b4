import { Problem } from '@auditorium/http';
import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { upstreamOf } from '../domain/upstream-of.ts';
import { FORWARDER } from '../tokens.ts';
import type { Forwarder } from './forwarder.ts';

/** The public HTTP surface under the console's one origin. Who may do what is decided by the service that answers. */
@Controller()
export class ForwardController {
  readonly #forward: Forwarder;
  constructor(@Inject(FORWARDER) forward: Forwarder) {
    this.#forward = forward;
  }

  @All(['api', 'api/{*path}', 'openapi/{*path}', 'internal', 'internal/{*path}'])
  async forward(@Req() request: Request, @Res() response: Response): Promise<void> {
    const target = upstreamOf(request.path);
    if (!target) throw Problem.notFound();
    await this.#forward(target.upstream, target.path, request, response);
  }
}
