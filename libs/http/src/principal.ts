import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';

/** Who calls: the subject of a verified access token. */
export interface Principal {
  /** The token's `sub`; for members of an org, their user id. */
  readonly subject: string;
  readonly name?: string;
  readonly email?: string;
  /** Operates the platform; says nothing about any org's log. */
  readonly operator: boolean;
  /** One of our own services; may call internal HTTP. */
  readonly service: boolean;
}

/** The verified caller, as a handler's argument: `@Principal() principal: Principal`. */
export const Principal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
  if (principal === undefined) throw new Error('a public route has no principal');
  return principal;
});
