const STRING_OR_SPACE = /"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\r\n]+/gs;

/**
 * Valid JSON without the white space between its parts; strings, numbers and escapes stay as they were written. Unlike
 * parsing and writing again it changes no long number and drops no duplicate name.
 */
export function compactJson(text: string): string {
  return text.replace(STRING_OR_SPACE, (part) => (part.startsWith('"') ? part : ''));
}
