import type { Membership } from '@auditorium/access';

/** An organisation, and what the caller is in it. */
export function orgBody({ org, admin, permissions }: Membership): object {
  return { id: org.org, slug: org.slug, name: org.name, plan: org.plan, admin, permissions };
}
