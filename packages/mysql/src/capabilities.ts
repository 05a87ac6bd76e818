import type { Capabilities } from "@stowage/core/engine";

const mebibyte = 1024 * 1024;

/**
 * A statement travels as one packet, of 16 MiB on a MariaDB as it is installed, and a text may double on the way: that bounds
 * values. An index entry of InnoDB takes 3,072 bytes, which bounds key parts.
 */
export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 1000, bytes: 32 * mebibyte }),
  bulkLimit: Object.freeze({ records: 2000, bytes: 8 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  // JSON filters are narrowed down by the database and decided on the rows.
  nativeJsonFilter: false,
  nativeAggregate: true,
  timeToLive: false,
  maxValueBytes: mebibyte,
  maxKeyBytes: 760,
  maxGetKeys: 5000,
});
