/** For people who teach Stowage a key-value database: what such engines share. */

export type { ChangeSet, ClaimChange, RecordChange, RecordCheck } from "./changes.ts";
export { KvEngine, type KvEngineOptions } from "./engine.ts";
export {
  type Claim,
  type Entry,
  type Index,
  indexName,
  Layout,
  type Stamp,
  type Unique,
  type Values,
} from "./layout.ts";
export { narrowRow, packRow, unpackRow } from "./payload.ts";
export { beyond, encodePart, encodeParts, reversed, unreversed } from "./places.ts";
export {
  type CountRequest,
  type KvAnswer,
  type KvAnswers,
  type KvPort,
  type KvRequest,
  type KvWrite,
  LayoutChanged,
  type RecordsRequest,
  type Span,
  type TableRequest,
  type WalkAnswer,
  type WalkRequest,
} from "./port.ts";
export { type RecordStore, readFirst, recordWriter } from "./read-first.ts";
export type {
  Entries,
  EntriesRequest,
  Gathered,
  GatheredRequest,
  LookedUp,
  LookUp,
  RecordPort,
} from "./record-port.ts";
export { schemaLayout } from "./schema.ts";
export { sha256 } from "./sha256.ts";
