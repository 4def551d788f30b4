import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder; `src` and `dist` lie at the same depth. */
export const repositoryFolder = resolve(fileURLToPath(new URL('../../..', import.meta.url)));

/** Everything that running leaves behind lies here; ignored by git, and safe to delete when nothing runs. */
export const stateFolder = join(repositoryFolder, '.auditorium');

/** What was fetched once (broker, stand-in for AWS), shared by `npm start` and the tests. */
export const toolsFolder = join(stateFolder, 'tools');

/** A folder of this package beside `src`: poms, requirements, settings. */
export const assetFolder = (name: string): string => join(repositoryFolder, 'deploy/local', name);

/**
 * The project's own Node (24), which strips types. The Node that runs us may be the machine's older one, for
 * example when a bin was called without npm.
 */
export function nodeBinary(): string {
  const own = join(repositoryFolder, 'node_modules/node/bin/node');
  return existsSync(own) ? own : process.execPath;
}

/** A program of this package: TypeScript when we run from source, JavaScript when we run built. */
export function ownProgram(name: string): string[] {
  const source = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`./${name}.${source ? 'ts' : 'js'}`, import.meta.url));
  return source ? ['--conditions=@auditorium/source', file] : [file];
}
