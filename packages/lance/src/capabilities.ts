import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/** What LanceDB does by itself: it compares and swaps one record, and upserts and removes in bulk. */
export const recordCapabilities: Capabilities = Object.freeze({
  atomicity: "journal",
  atomicLimit: Object.freeze({ records: 1, bytes: 16 * mebibyte }),
  bulkLimit: Object.freeze({ records: 10_000, bytes: 64 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: false,
  nativeJsonFilter: false,
  nativeAggregate: false,
  timeToLive: false,
  maxValueBytes: 16 * mebibyte,
  maxKeyBytes: 4096,
  maxGetKeys: 1000,
});

/** The same with batches, as the layer `journal` makes them: a value goes through the journal with the rest of its row. */
export const capabilities: Capabilities = Object.freeze({
  ...recordCapabilities,
  atomicLimit: Object.freeze({ records: 200, bytes: 8 * mebibyte }),
  maxValueBytes: 8 * mebibyte - 65_536,
});
