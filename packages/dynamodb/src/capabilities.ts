import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * What the engine takes. A transaction has at most 100 actions (DynamoDB, "Transact items"): 24 records with up to three changes
 * of unique values each. A record of any size is spread over several items of at most 400 KB.
 */
export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 24, bytes: 8 * mebibyte }),
  bulkLimit: Object.freeze({ records: 24, bytes: 8 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: false,
  nativeJsonFilter: false,
  nativeAggregate: false,
  timeToLive: true,
  maxValueBytes: 2 * mebibyte,
  maxKeyBytes: 120,
  maxGetKeys: 500,
});
