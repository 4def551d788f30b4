/** How one column of a table is filled. */
export interface Column<R> {
  readonly title: string;
  readonly text: (row: R) => string;
  readonly align?: 'left' | 'right';
  /** Longest text shown, in characters. Default: 60. */
  readonly most?: number;
}

/** Lays rows out in columns for a terminal; nothing in a cell can break the layout or reach the terminal as a command. */
export function textTable<R>(columns: readonly Column<R>[], rows: readonly R[]): string {
  const cells = rows.map((row) => columns.map((column) => cut(plain(column.text(row)), column.most ?? 60)));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) =>
        columns[at]?.align === 'right' ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [columns.map(({ title }) => title), ...cells].map(line).join('\n');
}

/** Audit events hold what strangers sent: control characters, escape sequences and reversed text stay outside the terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, (char) =>
    char === '\n' || char === '\t' ? ' ' : '\ufffd',
  );
}

/** ESC, C1 (which holds an escape of its own, U+009B), DEL and what turns the direction of text. */
// eslint-disable-next-line no-control-regex -- these are what it is for
const COMMANDS = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A line that is no command to a terminal. JSON stays the same value: `JSON.stringify` leaves such characters only inside
 * of texts, where `\\u009b` is another spelling of them.
 */
export function harmless(line: string): string {
  return line.replaceAll(COMMANDS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
