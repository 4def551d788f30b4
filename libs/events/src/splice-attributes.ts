const CLOSE = 0x7d;
const OPEN = 0x7b;
const COMMA = 0x2c;

/**
 * Adds attributes to a line of JSON without parsing it: the members go in before the last `}`, every other byte stays.
 *
 * @param line an object in JSON, one line
 * @param attributes members as JSON without braces, such as `"orgname":"Acme","actorversion":3`; may be empty
 */
export function spliceAttributes(line: Buffer, attributes: Buffer): Buffer {
  if (attributes.length === 0) return line;
  const close = line.lastIndexOf(CLOSE);
  const comma = isEmptyObject(line, close) ? 0 : 1;
  const out = Buffer.allocUnsafe(line.length + attributes.length + comma);
  line.copy(out, 0, 0, close);
  if (comma === 1) out[close] = COMMA;
  attributes.copy(out, close + comma);
  line.copy(out, close + comma + attributes.length, close);
  return out;
}

function isEmptyObject(line: Buffer, close: number): boolean {
  let i = close - 1;
  while (line[i] === 0x20 || line[i] === 0x09) i -= 1;
  return line[i] === OPEN;
}
