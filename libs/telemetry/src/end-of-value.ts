/**
 * Where the JSON string, list or object that starts at `start` ends (exclusive); `start` itself for numbers, booleans
 * and null. `escapes` is how many backslashes stand before a quote at this depth: 0 in a line, 1 in JSON quoted in it.
 */
export function endOfValue(line: string, start: number, escapes: number): number {
  const first = line[start];
  if (first === '[' || first === '{') return endOfBrackets(line, start, escapes);
  return quoteAt(line, start, escapes) ? endOfString(line, start, escapes) : start;
}

function quoteAt(line: string, at: number, escapes: number): boolean {
  return line[at + escapes] === '"' && line.slice(at, at + escapes) === '\\'.repeat(escapes);
}

/** A quote closes when the backslashes before it are those of its depth plus whole escaped backslashes. */
function endOfString(line: string, start: number, escapes: number): number {
  for (let at = start + escapes + 1, run = 0; at < line.length; at++) {
    if (line[at] === '\\') run++;
    else {
      if (line[at] === '"' && run % (2 * (escapes + 1)) === escapes) return at + 1;
      run = 0;
    }
  }
  return line.length;
}

function endOfBrackets(line: string, start: number, escapes: number): number {
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    if (quoteAt(line, at, escapes)) at = endOfString(line, at, escapes) - 1;
    else if (line[at] === '[' || line[at] === '{') depth++;
    else if ((line[at] === ']' || line[at] === '}') && --depth === 0) return at + 1;
  }
  return line.length;
}
