import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import type { Member } from '../entities.ts';

/** A request that the guard has let through. */
export interface MemberRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: Readonly<Record<string, string>>;
  member?: Member;
}

/** The member who asks; put there by the guard. */
export const CurrentMember = createParamDecorator((_data: unknown, context: ExecutionContext): Member => {
  const { member } = context.switchToHttp().getRequest<MemberRequest>();
  if (member === undefined) throw new Error('a route without the role guard has no member');
  return member;
});

/** The user id in `Authorization: Bearer <user>`. It stands for the session of a real product and proves nothing. */
export function bearerOf(request: { readonly headers: MemberRequest['headers'] }): string | undefined {
  const header = request.headers['authorization'];
  return typeof header === 'string' ? /^Bearer (\S+)$/.exec(header)?.[1] : undefined;
}
