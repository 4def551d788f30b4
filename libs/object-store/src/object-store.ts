/** What the ledger and the courier ask of a bucket. Keys are whole keys; times and sizes in ms and bytes. */
export interface ObjectStore {
  /**
   * Writes the object unless its key is taken. The payload's SHA-256 is signed and checked by the store.
   * MUST leave an existing object untouched. A throw says nothing about whether the object was written:
   * the answer may have been lost after the store took it.
   */
  putIfAbsent(key: string, body: Buffer | readonly Buffer[], options?: PutOptions): Promise<PutResult>;
  /** The whole object, or the inclusive byte range. Throws `s3-no-key`, and `s3-unexpected` past `maxBytes`. */
  get(key: string, range?: ByteRange, options?: GetOptions): Promise<Buffer>;
  /** The last `bytes` bytes (fewer of a shorter object) and the size of the whole. */
  tail(key: string, bytes: number, options?: CallOptions): Promise<{ bytes: Buffer; size: number }>;
  /** Undefined when there is no such object. */
  head(key: string, options?: CallOptions): Promise<ObjectHead | undefined>;
  /** Every object below the prefix, in key order, page by page. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;
  /** Absent is fine. */
  delete(key: string, options?: CallOptions): Promise<void>;
  /** Lets go of idle connections that belong to this store alone. */
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PutOptions extends CallOptions {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** Twelve digits of the account that must own the bucket; the store refuses when it is another. */
  readonly expectedOwner?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Encrypt with this key instead of the bucket's own default. */
  readonly kmsKeyArn?: string | undefined;
}

export interface GetOptions extends CallOptions {
  /** Default 512 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface ListOptions extends CallOptions {
  readonly startAfter?: string | undefined;
}

/** Inclusive at both ends, as HTTP has it. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export type PutResult =
  | { readonly outcome: 'written'; readonly etag: string; readonly requestId: string }
  | { readonly outcome: 'exists'; readonly requestId: string };

export interface ObjectHead {
  readonly size: number;
  readonly etag: string;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
}
