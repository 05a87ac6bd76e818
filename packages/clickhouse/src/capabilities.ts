import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/** What the database does by itself: it upserts and removes in bulk, and compares nothing before it writes. */
export const bulkCapabilities: Capabilities = Object.freeze({
  atomicity: "process",
  atomicLimit: Object.freeze({ records: 0, bytes: 0 }),
  bulkLimit: Object.freeze({ records: 50_000, bytes: 32 * mebibyte }),
  compareAndSwap: false,
  readYourWrites: true,
  nativeFilter: true,
  // Texts, ranges of them and JSON are decided on the rows, in what order the database gives them.
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: true,
  // The largest that stores take is kept in one piece.
  maxValueBytes: 64 * mebibyte,
  maxKeyBytes: 4096,
  maxGetKeys: 5000,
});

/** The same with batches, as the layer `processLevel` makes them. */
export const capabilities: Capabilities = Object.freeze({
  ...bulkCapabilities,
  atomicLimit: Object.freeze({ records: 10_000, bytes: bulkCapabilities.maxValueBytes + mebibyte }),
});
