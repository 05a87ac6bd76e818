/**
 * For people who teach Stowage a database: the engine contract and the helpers that engines share. Nothing here knows what
 * a thread is.
 */

export type { ErrorCategory, ErrorCode, ErrorDetails, Refusal, Retry, StorageErrorOptions } from "../errors.ts";
export { ConflictError, errorCodes, isConflict, isStorageError, StorageError } from "../errors.ts";
export { Aggregator, interpolate } from "./aggregator.ts";
export type { StoredRecord } from "./apply.ts";
export { judgeOp, keyOfOp, nextRow } from "./apply.ts";
export { checkBatch, checkWalk } from "./batch.ts";
export { checkCall, jitter, pause, turn } from "./call.ts";
export type { Atomicity, Capabilities } from "./capabilities.ts";
export { atomicityLevels } from "./capabilities.ts";
export type { Clock } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { Draft } from "./codec.ts";
export { decodeRow, encodePatch, encodeRow, encodeValue } from "./codec.ts";
export type { Column, ColumnBuilder, ColumnType, EngineValue } from "./column.ts";
export { base64, bigint, boolean, columnTypes, float, integer, json, text, timestamp } from "./column.ts";
export { compareText, compareTuples, compareValues } from "./compare.ts";
export { decodeCursor, encodeCursor } from "./cursor.ts";
export type { CallOptions, ConvergeOptions, ConvergeReport, Engine, StoredSizes, WriteOptions } from "./engine.ts";
export { contractVersion } from "./engine.ts";
export { compileFilter } from "./evaluate.ts";
export type { Filter } from "./filter.ts";
export { allOf, anyOf, filterColumns } from "./filter.ts";
export { isoText } from "./instant.ts";
export { canonicalJson, decodeJson, encodeJson, jsonEqual, toPlainJson } from "./json.ts";
export { checkKeyText, describeKey, encodeTuple, orderedBigint, orderedHex } from "./keys.ts";
export { checkAtomicLimit, checkValues, cutBulk } from "./limits.ts";
export { MemoryEngine } from "./memory/memory-engine.ts";
export type { Change } from "./modify.ts";
export { modify, modifyBy } from "./modify.ts";
export type {
  Aggregate,
  AggregateFunction,
  AggregateResult,
  Bound,
  Check,
  Count,
  Direction,
  Expectation,
  Find,
  Get,
  GetResult,
  GroupBy,
  Key,
  Page,
  Patch,
  Put,
  Range,
  ReadOp,
  ReadResult,
  ReadResults,
  Remove,
  RemoveRange,
  RemoveRangeResult,
  Walk,
  WriteOp,
  WriteResult,
} from "./operations.ts";
export { aggregate, check, count, find, get, insert, insertOrSkip, patch, remove, upsert } from "./operations.ts";
export type {
  AccessPath,
  ColumnName,
  Columns,
  Decoded,
  PathName,
  Row,
  StoredRow,
  Table,
  UniqueKey,
} from "./table.ts";
export { defineTable, keyOf, pathOf } from "./table.ts";
export { isUnsent } from "./unsent.ts";
export { within } from "./within.ts";
