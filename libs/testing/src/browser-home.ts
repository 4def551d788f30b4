import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { fetchOnce } from '@auditorium/local';

const run = promisify(execFile);
const unpack = promisify(brotliDecompress);

/** How to run the unpacked browser: its program, and what it needs in its environment. */
export interface BrowserHome {
  executablePath: string;
  env: Record<string, string>;
}

/**
 * Unpacks the Chromium that lies inside the npm package, once for all runs. The package's own way unpacks into /tmp without
 * a lock: two packages that are tested at once would start half a browser, and a killed one would leave it there for good.
 */
export async function browserHome(): Promise<BrowserHome> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const bin = join(dirname(entry), '../../bin');
  const version = await readFile(join(bin, '../package.json'));
  const home = await fetchOnce('chromium', version, async (folder) => {
    const program = await unpack(await readFile(join(bin, 'chromium.br')));
    await writeFile(join(folder, 'chromium'), program, { mode: 0o755 });
    for (const name of ['fonts', 'swiftshader', 'al2023'])
      await unpackTar(join(bin, `${name}.tar.br`), folder);
    await writeFile(join(folder, 'fonts.conf'), fontsConf(folder));
  });
  const executablePath = join(home, 'chromium');
  return { executablePath, env: { ...(await librariesOf(executablePath, home)), ...fontsOf(home) } };
}

async function unpackTar(file: string, folder: string): Promise<void> {
  const tar = join(folder, 'unpacking.tar');
  await writeFile(tar, await unpack(await readFile(file)));
  await run('tar', ['-xf', tar, '-C', folder]);
  await rm(tar);
}

/** The machine's own libraries where it has them; a bare container lacks some, and the package brings those. */
async function librariesOf(program: string, home: string): Promise<Record<string, string>> {
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: 'not found' }));
  return stdout.includes('not found') ? { LD_LIBRARY_PATH: join(home, 'lib') } : {};
}

const fontsConf = (folder: string): string =>
  `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`;

/** The machine's own fonts where it has any. */
const fontsOf = (home: string): Record<string, string> =>
  existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: home };
