import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * A mutation reads and writes at most 16 MiB, counting once more what it replaces or removes, in at most 4,096 look-ups, of
 * which a record takes up to four. A batch may change some columns of as many rows of 48 KiB.
 */
export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 300, bytes: 4 * mebibyte }),
  bulkLimit: Object.freeze({ records: 300, bytes: 4 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: false,
  nativeJsonFilter: false,
  nativeAggregate: false,
  timeToLive: false,
  maxValueBytes: 2 * mebibyte,
  maxKeyBytes: 1000,
  maxGetKeys: 1000,
});
