import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * A value of 64 MiB, the largest that stores take, is kept in one piece. The other bounds keep one transaction short. Strings
 * of keys that are too long for an index are stored hashed, beside the whole.
 */
export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 1000, bytes: 80 * mebibyte }),
  bulkLimit: Object.freeze({ records: 1000, bytes: 4 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  // JSON filters are narrowed down by SQL Server and decided on the rows.
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: false,
  maxValueBytes: 64 * mebibyte,
  maxKeyBytes: 800,
  maxGetKeys: 1000,
});
