import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * A row may have 2,000,000 bytes in all, so that three columns can be as large as a value may be. The other bounds keep the
 * object from being busy for long: nothing else runs in it meanwhile.
 */
export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 500, bytes: 8 * mebibyte }),
  bulkLimit: Object.freeze({ records: 1000, bytes: 8 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  // JSON filters are narrowed down by SQLite and decided on the rows.
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: false,
  maxValueBytes: 600 * 1024,
  maxKeyBytes: 64 * 1024,
  maxGetKeys: 2000,
});
