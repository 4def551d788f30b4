import type { Actor, EventContext } from '@auditorium/events';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Principal } from './principal.ts';

/** The caller as an audit event names them: who, and from where. Ids alone; names are the directory's. */
export interface Caller {
  readonly actor: Actor;
  readonly context: EventContext;
}

/** The caller of a handler, ready to be recorded: `@Caller() caller: Caller`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<Request & { id?: unknown; principal?: Principal }>();
  if (request.principal === undefined) throw new Error('a public route has no caller');
  const { subject, service } = request.principal;
  return { actor: { type: service ? 'service' : 'user', id: subject }, context: contextOf(request) };
});

function contextOf(request: Request & { id?: unknown }): EventContext {
  const userAgent = request.headers['user-agent']?.slice(0, 512);
  return {
    ...(request.ip === undefined ? {} : { ip: request.ip }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(typeof request.id === 'string' ? { requestId: request.id } : {}),
  };
}
