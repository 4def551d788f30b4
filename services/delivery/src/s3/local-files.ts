import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a cache keeps near at hand. A full or broken disk costs reads, not deliveries: so nothing here throws. */
export interface LocalFiles {
  /** False when it could not be kept. */
  write(name: string, bytes: Buffer): Promise<boolean>;
  /** Undefined when the file is not there (any more), or too short. */
  read(name: string, range: { offset: number; length: number }): Promise<Buffer | undefined>;
  remove(name: string): Promise<void>;
  /** Removes everything. */
  close(): Promise<void>;
}

/** Files in a folder of this process's own; it is emptied before the first is written. */
export function localFiles(dir: string): LocalFiles {
  let ready: Promise<unknown> | undefined;
  const remove = (path: string): Promise<void> =>
    rm(path, { recursive: true, force: true }).catch(() => undefined);
  return {
    async write(name, bytes) {
      ready ??= remove(dir).then(() => mkdir(dir, { recursive: true }).catch(() => undefined));
      await ready;
      return written(join(dir, name), bytes);
    },
    read: (name, range) => readFrom(join(dir, name), range),
    remove: (name) => remove(join(dir, name)),
    close: () => remove(dir),
  };
}

async function written(file: string, bytes: Buffer): Promise<boolean> {
  try {
    await writeFile(file, bytes);
    return true;
  } catch {
    await rm(file, { force: true }).catch(() => undefined);
    return false;
  }
}

async function readFrom(
  file: string,
  { offset, length }: { offset: number; length: number },
): Promise<Buffer | undefined> {
  try {
    const handle = await open(file);
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset).finally(() => handle.close());
    return bytesRead === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}
