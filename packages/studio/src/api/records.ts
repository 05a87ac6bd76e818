import { request, segment } from "./client.ts";

/** A column as its domain declares it. */
export interface ColumnShape {
  name: string;
  type: "text" | "json" | "timestamp" | "integer" | "bigint" | "float" | "boolean";
  isNullable: boolean;
}

/** A way in which a table is walked: what must be known, and what orders it. */
export interface PathShape {
  name: string;
  eq: string[];
  sort: string[];
  /** Whether the database builds it at its first use. */
  onDemand: boolean;
}

export interface TableShape {
  name: string;
  key: string[];
  columns: ColumnShape[];
  paths: PathShape[];
}

/** A record as it is stored; in lists its long values are cut. */
export interface StoredRecord {
  key: string[];
  values: Record<string, unknown>;
}

export interface RecordCondition {
  column: string;
  op: "is" | "has" | "from" | "to" | "absent";
  value?: string;
}

export const tablesPath = "/stowage/records";
export const recordsPath = (domain: string, table: string) => `${tablesPath}/${segment(domain)}/${segment(table)}`;
export const recordPath = (domain: string, table: string) => `${recordsPath(domain, table)}/record`;

const given = (signal: AbortSignal | undefined) => ({ ...(signal && { signal }) });

export const getTables = (signal?: AbortSignal) =>
  request<{ domains: { domain: string; tables: TableShape[] }[] }>(tablesPath, given(signal));

export const getRecord = (domain: string, table: string, key: string[], signal?: AbortSignal) =>
  request<StoredRecord>(recordPath(domain, table), { query: { key }, ...given(signal) });
