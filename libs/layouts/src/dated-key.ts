import type { ObjectIdentity } from './layout.ts';

/** `{prefix}{org}/{yyyy}/{mm}/{dd}/{first}-{last}-{suffix}.{extension}`: the day is that of planning, UTC. */
export function datedKey(
  { prefix, org, first, last, plannedAt, suffix }: ObjectIdentity,
  extension: string,
): string {
  const day = plannedAt.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${prefix}${org}/${day}/${first}-${last}-${suffix}.${extension}`;
}
