import { actorOfLine } from './actor-of-line.ts';
import { ActorTable } from './actor-table.ts';
import { datedKey } from './dated-key.ts';
import { linesOf } from '@auditorium/ledger';
import type { ActorName, Layout, LayoutLines } from './layout.ts';

const NEWLINE = 0x0a;
const CLOSE = 0x7d;
const PART = 'events';

/**
 * Our own layout: the ledger's lines with two more attributes, gzipped. docs/formats/auditorium-layout.md is its
 * specification.
 */
export const auditorium: Layout = {
  name: 'auditorium',
  version: 1,
  // No `Content-Encoding`: browsers and SDKs would unpack on the way, and `gunzip` then fails on what was saved.
  contentType: 'application/gzip',
  compression: 'gzip',
  parts: [PART],
  keyOf: (object) => datedKey(object, 'ndjson.gz'),
  read,
};

const NO_NAMES = members(undefined);

/** One pass finds lines and actors; `encode` then only copies. `actorOf[i]` is the index of line i's actor. */
function read(lines: Buffer): LayoutLines {
  const table = new ActorTable();
  const actorOf = [...linesOf(lines)].map((line) => table.indexOf(actorOfLine(line)));
  return {
    count: actorOf.length,
    actors: table.actors,
    encode: (nameOf) =>
      encode(
        lines,
        actorOf,
        table.actors.map((a) => members(nameOf(a))),
      ),
  };
}

/** `,"actorname":…,"actoremail":…`: always both, in this order, null where there is nothing to tell. */
function members(who: ActorName | undefined): Buffer {
  const [name, email] = [who?.name ?? null, who?.email ?? null];
  return Buffer.from(`,"actorname":${JSON.stringify(name)},"actoremail":${JSON.stringify(email)}`);
}

/** Copies each line with the members of its actor before the last `}`; not one other byte changes. */
function encode(lines: Buffer, actorOf: readonly number[], membersOf: readonly Buffer[]): Buffer {
  const of = (actor: number): Buffer => membersOf[actor] ?? NO_NAMES;
  const added = actorOf.reduce((sum, actor) => sum + of(actor).length, 0);
  const out = Buffer.allocUnsafe(lines.length + added);
  let [from, at] = [0, 0];
  for (const actor of actorOf) {
    const end = lines.indexOf(NEWLINE, from) + 1;
    const close = lastClose(lines, from, end - 2);
    at += lines.copy(out, at, from, close);
    if (close < end) at += of(actor).copy(out, at);
    at += lines.copy(out, at, close, end);
    from = end;
  }
  return out.subarray(0, at);
}

/** A line may end in blanks. What is no object at all stays as it is. */
function lastClose(lines: Buffer, from: number, at: number): number {
  while (at >= from && lines[at] !== CLOSE) at -= 1;
  return at >= from ? at : lines.indexOf(NEWLINE, from) + 1;
}
