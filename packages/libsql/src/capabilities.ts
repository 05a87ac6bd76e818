import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

const common = {
  atomicity: "native",
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  // JSON filters are narrowed down by SQLite and decided on the rows.
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: false,
} as const satisfies Partial<Capabilities>;

/**
 * A file or memory: the bounds keep one transaction from holding the event loop and the write lock for long, and let a thousand
 * spans with their traces be one, since commits are dear. Values may be as large as a field may be on any store, so none has to
 * be cut into pieces.
 */
export const localCapabilities: Capabilities = Object.freeze({
  ...common,
  atomicLimit: Object.freeze({ records: 2000, bytes: 80 * mebibyte }),
  bulkLimit: Object.freeze({ records: 1000, bytes: 8 * mebibyte }),
  maxValueBytes: 64 * mebibyte,
  maxKeyBytes: mebibyte,
  maxGetKeys: 5000,
});

/** A server: the bounds are those of one request. */
export const remoteCapabilities: Capabilities = Object.freeze({
  ...common,
  atomicLimit: Object.freeze({ records: 300, bytes: 4 * mebibyte + mebibyte }),
  bulkLimit: Object.freeze({ records: 500, bytes: mebibyte }),
  maxValueBytes: 4 * mebibyte,
  maxKeyBytes: 64 * 1024,
  maxGetKeys: 500,
});

/** A replica answers reads from its file, which follows the server's. */
export const replicaCapabilities: Capabilities = Object.freeze({ ...remoteCapabilities });
