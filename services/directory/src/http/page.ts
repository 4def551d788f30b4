import { Problem } from '@auditorium/http';

/** The place after the last item of a page, as callers carry it: opaque to them. */
export function cursorAfter(id: string): string {
  return Buffer.from(JSON.stringify([id])).toString('base64url');
}

/** The id that a cursor stands after; undefined for the first page. */
export function placeOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof id === 'string' && id.isWellFormed() && !id.includes('\0')) return id;
  } catch {
    // Said below: whatever it is, it is no cursor of ours.
  }
  throw Problem.invalid('this cursor is not one that a list gave out');
}

/** One page of what is in memory, by id; items without an order of their own get one. */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): { items: T[]; next: string | null } {
  const after = placeOf(cursor);
  const rest = items
    .filter(({ id }) => after === undefined || id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: rest.length > limit && last !== undefined ? cursorAfter(last.id) : null };
}
