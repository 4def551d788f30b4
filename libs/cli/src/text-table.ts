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

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
