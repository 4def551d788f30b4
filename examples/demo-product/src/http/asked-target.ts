/**
 * Where a route fails before it knows its target, the event names the one that was asked for: `param` of its path, or
 * `new` where it was to be made.
 */
export function askedTarget<T extends string>(type: T, param = 'id') {
  return ({ params }: { readonly params: Readonly<Record<string, string>> }) =>
    ({ targets: [{ type, id: params[param] ?? 'new' }] }) as const;
}
