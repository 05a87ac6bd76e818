import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/** What every Redis can do. */
export const commonCapabilities = {
  atomicity: "native",
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: false,
  nativeJsonFilter: false,
  nativeAggregate: false,
  timeToLive: false,
  maxKeyBytes: 4096,
} as const satisfies Partial<Capabilities>;

/** The bounds keep one script from holding the server for long: it does nothing else meanwhile. */
export const capabilities: Capabilities = Object.freeze({
  ...commonCapabilities,
  atomicLimit: Object.freeze({ records: 1000, bytes: 24 * mebibyte }),
  bulkLimit: Object.freeze({ records: 1000, bytes: 8 * mebibyte }),
  maxValueBytes: 16 * mebibyte,
  maxGetKeys: 1000,
});
