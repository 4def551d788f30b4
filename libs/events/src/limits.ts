/** Limits of an event and of the memory for repeats. Part of the event's format: docs/formats/event.md. */
export const LIMITS = {
  /** Largest body of an event in bytes, as it lies in the raw topic. */
  eventBytes: 262_144,
  /** Deepest nesting of objects and arrays; the event itself is 1. */
  depth: 32,
  /** Most members of objects in one event, counted over all levels. */
  keys: 1000,
  /** How far `time` may lie ahead of the broker's append time, in milliseconds. */
  aheadMs: 86_400_000,
  /** For how many raw offsets an identity and its digest are remembered. */
  repeatMemory: 200_000,
  /** Longest `id` in bytes of UTF-8. */
  idBytes: 256,
  /** Longest `source` in bytes of UTF-8. */
  sourceBytes: 512,
  /** Longest `type` in bytes. */
  typeBytes: 255,
  /** Longest `id` of an actor or target in bytes of UTF-8. */
  actorIdBytes: 2048,
  /** Longest name of an outbox in bytes of UTF-8. */
  outboxBytes: 200,
  /** How much of a body over `eventBytes` a rejection keeps. */
  keptBytes: 262_144,
  /** How much of a key that names no org a rejection keeps. */
  keptKeyBytes: 1024,
  /**
   * Most records of one record batch of raw. Decoded they take some hundred bytes each, whatever they hold, and a compressed
   * batch of a few kilobytes can hold millions. An honest batch of 1 MiB holds a tenth of this.
   */
  batchRecords: 250_000,
  /** Most bytes that one record batch of raw may unpack to. Honest ones of 1 MiB unpack to ten times that. */
  batchBytes: 64 * 1024 * 1024,
  /** Most headers of one record of raw; ours have two. */
  recordHeaders: 1000,
} as const;

/** What an org id looks like. It is the message key, a part of object keys and of session names. */
export const ORG_ID = /^[A-Za-z0-9_-]{1,56}$/;

/** What the type of an actor or target looks like; no slash, because `type/id` is split at the first one. */
export const ACTOR_TYPE = /^[A-Za-z0-9_.:-]{1,64}$/;

/** What an action looks like: `noun.verb`, more parts allowed. */
export const EVENT_TYPE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;
