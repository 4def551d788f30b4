const OPEN = 0x7b;
const COMMA = 0x2c;
const QUOTE = 0x22;
const DATA = Buffer.from('"data":{');

/**
 * A top-level attribute of a line whose value is text, without parsing the line where it is written as our SDK writes it.
 * The short way is taken only where it cannot be wrong: the second `{` of the line opens `data`, hence what stands before
 * belongs to the event itself, and a quotation mark after `,` or `{` cannot lie within a string there.
 */
export function attributeOfLine(line: Buffer, name: string): string | undefined {
  return quickAttribute(line, name) ?? parsedAttribute(line, name);
}

function quickAttribute(line: Buffer, name: string): string | undefined {
  const data = line.indexOf(OPEN, 1) + 1 - DATA.length;
  if (data < 1 || line.compare(DATA, 0, DATA.length, data, data + DATA.length) !== 0) return undefined;
  const member = `"${name}":"`;
  const at = line.indexOf(member);
  if (at < 1 || at > data || (line[at - 1] !== OPEN && line[at - 1] !== COMMA)) return undefined;
  const from = at + member.length;
  const value = line.toString('utf8', from, line.indexOf(QUOTE, from));
  return value.includes('\\') ? undefined : value;
}

function parsedAttribute(line: Buffer, name: string): string | undefined {
  try {
    const event = JSON.parse(line.toString('utf8')) as Record<string, unknown> | null;
    const value = event?.[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
