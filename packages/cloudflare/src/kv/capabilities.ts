import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * What Workers KV has by itself: upserts and removals one by one. Batches are made of them by the layer `processLevel`. A
 * record is one value of at most 25 MiB, so that six columns can be as large as a value may be.
 */
export const namespaceCapabilities: Capabilities = Object.freeze({
  atomicity: "process",
  atomicLimit: Object.freeze({ records: 500, bytes: 5 * mebibyte }),
  bulkLimit: Object.freeze({ records: 500, bytes: 16 * mebibyte }),
  compareAndSwap: false,
  // Of one process, and of its writes of the last minute: by the overlay.
  readYourWrites: true,
  nativeFilter: false,
  nativeJsonFilter: false,
  nativeAggregate: false,
  timeToLive: false,
  maxValueBytes: 4 * mebibyte,
  maxKeyBytes: 100,
  maxGetKeys: 1000,
});
