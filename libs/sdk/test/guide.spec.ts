import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const guide = readFileSync(new URL('../../../docs/sdk.md', import.meta.url), 'utf8');
/** Where the snippets would lie: so they find the packages as a file of this one does. */
const folder = fileURLToPath(new URL('guide/', import.meta.url));

function snippets(): Map<string, string> {
  const found = [...guide.matchAll(/```ts\n\/\/ file: (\S+)\n(.*?)```/gs)];
  return new Map(found.map(([, name = '', code = '']) => [folder + name, code]));
}

function problemsOf(files: Map<string, string>): string[] {
  const config = ts.readConfigFile(
    fileURLToPath(new URL('../../../tsconfig.test.json', import.meta.url)),
    ts.sys.readFile,
  );
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const { options } = ts.parseJsonConfigFileContent(
    { ...config.config, include: [], files: [] },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  host.directoryExists = (name) => `${name}/` === folder || (directoryExists?.(name) ?? false);
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...files.keys()], { ...options, noEmit: true }, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName.replace(folder, '') ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

test('every snippet of the guide for product teams compiles as it stands', () => {
  const files = snippets();
  expect(files.size).toBe([...guide.matchAll(/```ts/g)].length);
  expect(problemsOf(files)).toEqual([]);
});
