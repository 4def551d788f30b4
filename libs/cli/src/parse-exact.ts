interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

/** Digits enough that a number may not survive the way through a double. */
const LONG_NUMBER = /\d{16}|\d[eE]|\.\d*0[,}\]\s]/;

/**
 * Parses JSON so that `JSON.stringify` gives back every number as it was written: a double keeps 53 bits, an audit event
 * keeps what its source said. Such numbers are opaque in between; text without any is parsed the usual, quicker way.
 */
export function parseExact(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const json = JSON as unknown as ExactJson;
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value,
  );
}
