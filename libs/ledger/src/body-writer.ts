import { createHash, type Hash } from 'node:crypto';

/** Bytes of one part of the body. */
const PART_BYTES = 1_048_576;

/**
 * Collects the object's bytes in parts. It copies what it is given: zlib hands out small results as slices of far
 * larger buffers, and 100,000 kept slices would hold gigabytes.
 */
export class BodyWriter {
  readonly #parts: Buffer[] = [];
  readonly #hash: Hash = createHash('sha256');
  #part = Buffer.allocUnsafeSlow(65_536);
  #used = 0;
  size = 0;

  write(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.size += bytes.length;
    let from = 0;
    while (from < bytes.length) {
      if (this.#used === this.#part.length) this.#nextPart();
      const copied = bytes.copy(this.#part, this.#used, from);
      this.#used += copied;
      from += copied;
    }
  }

  close(): { body: Buffer[]; size: number; digest: string } {
    this.#parts.push(this.#part.subarray(0, this.#used));
    return { body: this.#parts, size: this.size, digest: this.#hash.digest('hex') };
  }

  #nextPart(): void {
    this.#parts.push(this.#part);
    this.#part = Buffer.allocUnsafeSlow(PART_BYTES);
    this.#used = 0;
  }
}
