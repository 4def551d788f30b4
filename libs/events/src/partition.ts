const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/**
 * The partition of an org: Kafka's murmur2 of the key's bytes, masked to 31 bits, modulo the number of partitions.
 * The same as the Java client's default, kafkajs' default and librdkafka's `murmur2_random`.
 */
export function partitionOf(org: string | Buffer, partitions: number): number {
  const bytes = typeof org === 'string' ? Buffer.from(org, 'utf8') : org;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

/** Kafka's 32-bit murmur2, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const whole = length & ~3;
  let h = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(wordAt(bytes, i), M);
    k ^= k >>> R;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  h = mixTail(h, bytes, whole);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

function mixTail(hash: number, bytes: Uint8Array, from: number): number {
  const rest = bytes.length - from;
  let h = hash;
  if (rest === 3) h ^= byteAt(bytes, from + 2) << 16;
  if (rest >= 2) h ^= byteAt(bytes, from + 1) << 8;
  return rest >= 1 ? Math.imul(h ^ byteAt(bytes, from), M) : h;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    byteAt(bytes, at) |
    (byteAt(bytes, at + 1) << 8) |
    (byteAt(bytes, at + 2) << 16) |
    (byteAt(bytes, at + 3) << 24)
  );
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
