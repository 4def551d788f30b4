import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface SiteFile {
  type: string;
  body: Buffer;
  /** Absent where packing does not pay, as for fonts. */
  gzip?: Buffer;
  etag: string;
  /** Its name changes with its content, so it may be kept for ever. */
  immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/**
 * The built web part, read once at start (about 1.5 MB): what is served is what was there then, and a path from a request
 * is only ever looked up in a map, never joined to a folder.
 */
export class Site {
  readonly #files: ReadonlyMap<string, SiteFile>;

  constructor(folder: string) {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const paths = names.map((entry) => join(entry.parentPath, entry.name));
    this.#files = new Map(
      paths.map((path) => [`/${relative(folder, path).split(sep).join('/')}`, readSiteFile(path)]),
    );
  }

  /** True if there is a page to hand out. */
  get complete(): boolean {
    return this.#files.has('/index.html');
  }

  /** The file, or the page itself for any address of the app; undefined for a file that is not there. */
  at(path: string): SiteFile | undefined {
    return this.#files.get(path) ?? (extname(path) === '' ? this.#files.get('/index.html') : undefined);
  }
}

function readSiteFile(path: string): SiteFile {
  const body = readFileSync(path);
  const packed = extname(path) === '.woff2' ? undefined : gzipSync(body, { level: 9 });
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    body,
    ...(packed && packed.length < body.length ? { gzip: packed } : {}),
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: path.includes(`${sep}assets${sep}`),
  };
}
