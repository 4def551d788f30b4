/** Bytes of one chunk. Large enough that its unused end does not matter, small enough for a quiet partition. */
export const CHUNK_BYTES = 1_048_576;

/**
 * Chunks that are used again. A sealer fills and forgets hundreds of them a minute; left to the garbage collector, they
 * stay for as long as it sees no need, and the process holds several times of what it uses.
 */
export class ChunkPool {
  readonly #free: Buffer[] = [];
  readonly #most: number;

  /** @param most chunks that are kept for later; more than that are left to the garbage collector */
  constructor(most = 64) {
    this.#most = most;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  /** Nobody may touch the chunk afterwards. */
  giveBack(chunk: Buffer): void {
    if (chunk.length === CHUNK_BYTES && this.#free.length < this.#most) this.#free.push(chunk);
  }
}
