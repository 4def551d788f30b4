/** One field that differs (or not) between the two states of a target. `path` reads as in code: `owner.email`, `tags[2]`. */
export interface FieldChange {
  path: string;
  kind: 'added' | 'removed' | 'changed' | 'same';
  before: unknown;
  after: unknown;
}

type Fields = Map<string, unknown>;

/** Deeper than any event may be (32): a guard against a server that breaks its own limit. */
const MAX_DEPTH = 40;

function isBranch(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function collect(value: unknown, path: string, depth: number, into: Fields): void {
  if (!isBranch(value) || depth > MAX_DEPTH) {
    into.set(path, value);
    return;
  }
  for (const [key, child] of Object.entries(value))
    collect(child, join(path, key, Array.isArray(value)), depth + 1, into);
}

function join(path: string, key: string, inArray: boolean): string {
  if (inArray) return `${path}[${key}]`;
  const name = /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
  return path === '' ? name : `${path}.${name}`;
}

function fieldsOf(value: unknown): Fields {
  const fields: Fields = new Map();
  if (value !== undefined) collect(value, '', 0, fields);
  return fields;
}

/** Every leaf of `before` and `after`, in the order in which a reader meets them, each with what became of it. */
export function fieldDiff(before: unknown, after: unknown): FieldChange[] {
  const [old, now] = [fieldsOf(before ?? undefined), fieldsOf(after ?? undefined)];
  const paths = new Set([...old.keys(), ...now.keys()]);
  return [...paths].map((path) => {
    const [left, right] = [old.get(path), now.get(path)];
    return { path, kind: kindOf(old.has(path), now.has(path), left, right), before: left, after: right };
  });
}

function kindOf(inOld: boolean, inNow: boolean, left: unknown, right: unknown): FieldChange['kind'] {
  if (!inOld) return 'added';
  if (!inNow) return 'removed';
  // Leaves are scalars, or empty objects and arrays, whose text is their content.
  return JSON.stringify(left) === JSON.stringify(right) ? 'same' : 'changed';
}
