import { AuditoriumError } from '@auditorium/events';
import { SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Principal } from './principal.ts';
import { Problem } from './problem.ts';
import type { TokenVerifier } from './token-verifier.ts';

const AUDIENCE = 'auditorium.audience';
type Audience = 'everybody' | 'services' | 'operators';

/** For everybody, without a token. */
export const Public = () => SetMetadata<string, Audience>(AUDIENCE, 'everybody');
/** For our own services alone. */
export const ServiceOnly = () => SetMetadata<string, Audience>(AUDIENCE, 'services');
/** For operators of the platform alone. */
export const OperatorOnly = () => SetMetadata<string, Audience>(AUDIENCE, 'operators');

/** Every HTTP route needs a verified access token unless it says `@Public()`. */
export class AuthGuard implements CanActivate {
  readonly #reflector = new Reflector();
  readonly #verifier: TokenVerifier;
  constructor(verifier: TokenVerifier) {
    this.#verifier = verifier;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const places = [context.getHandler(), context.getClass()];
    const audience = this.#reflector.getAllAndOverride<Audience | undefined>(AUDIENCE, places);
    if (audience === 'everybody') return true;
    const request = context.switchToHttp().getRequest<Request & { principal?: Principal }>();
    const principal = await this.#verifier.verify(bearerOf(request));
    if (audience === 'services' && !principal.service)
      throw Problem.forbidden('only services of the platform may call this');
    if (audience === 'operators' && !principal.operator)
      throw Problem.forbidden('only operators may do this');
    request.principal = principal;
    return true;
  }
}

function bearerOf(request: Request): string {
  const [, token] = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) throw new AuditoriumError('unauthenticated', 'an access token is needed');
  return token;
}
