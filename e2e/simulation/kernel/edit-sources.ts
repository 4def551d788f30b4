import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A change of a source file when it is loaded; the file itself stays as it is. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

const ROOT = new URL('../../../', import.meta.url);

/** Applies edits to what is imported from now on. An edit that does not fit its file is an error, never a silent nothing. */
export function editSources(edits: readonly Edit[]): void {
  const byUrl = Map.groupBy(edits, ({ file }) => pathToFileURL(fileURLToPath(new URL(file, ROOT))).href);
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      const its = byUrl.get(url);
      if (its === undefined) return loaded;
      return { ...loaded, source: its.reduce(edited, textOf(loaded.source)) };
    },
  });
}

function textOf(source: unknown): string {
  return typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
}

function edited(source: string, { file, find, replace }: Edit): string {
  const times = source.split(find).length - 1;
  if (times === 1) return source.replace(find, () => replace);
  throw new Error(`${file} has ${times} places that read ${JSON.stringify(find)}, instead of one`);
}
