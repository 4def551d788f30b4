import { createHash } from 'node:crypto';

/** One write of an object. All of them are kept, as a bucket with versions keeps them. */
export interface Version {
  readonly key: string;
  readonly body: Buffer;
  /** Virtual ms since 1970. */
  readonly at: number;
  /** The process that wrote it; `stranger` for somebody else's object. */
  readonly by: string;
  readonly etag: string;
}

/** A simulated bucket: what lies there now, and everything that ever did. */
export class SimBucket {
  readonly name: string;
  readonly objects = new Map<string, Version>();
  readonly versions: Version[] = [];
  /** Told right after a write. */
  onPut: (version: Version) => void = () => undefined;
  /** Told right before a delete of what is there. */
  onDelete: (key: string) => void = () => undefined;

  constructor(name: string) {
    this.name = name;
  }

  put(key: string, body: Buffer, by: string, at: number): Version {
    const etag = createHash('sha256').update(body).digest('hex').slice(0, 32);
    const version = { key, body, by, at, etag };
    this.objects.set(key, version);
    this.versions.push(version);
    this.onPut(version);
    return version;
  }

  delete(key: string): void {
    if (!this.objects.has(key)) return;
    this.onDelete(key);
    this.objects.delete(key);
  }
}
