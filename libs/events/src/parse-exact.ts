interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

/**
 * A number that may not survive the way through a double: of 16 digits or more, with an exponent, with zeros at its end, or
 * minus zero. Numbers stand behind `:`, `[` or `,`; text inside a string that looks alike only costs the slower way.
 */
const LONG_NUMBER = /(?:^|[:[,])\s*(?:-?[\d.]{16}|-?\d[\d.]*[eE]|-?\d+\.\d*0(?![\d.])|-0(?![\d.]))/;

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
