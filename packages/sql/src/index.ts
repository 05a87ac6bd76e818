/** What Stowage engines on SQL databases share: for people who write one. */
export type {
  BatchConnection,
  CopiedRows,
  InteractiveConnection,
  ReadOptions,
  Session,
  SqlConnection,
  SqlRow,
  SqlValue,
  Statement,
  StatementResult,
} from "./connection.ts";
export { BatchFailure } from "./connection.ts";
export type { ColumnStorage, Condition, Dialect, JsonFilter, Violation } from "./dialect.ts";
export type { SqlEngineConfig } from "./engine.ts";
export { SqlEngine } from "./engine.ts";
export { Gathering, type GatheringOptions } from "./gathering.ts";
export type { MappedColumn } from "./mapped-column.ts";
export type { TableMapping } from "./mapping.ts";
export { type MssqlIndex, type MssqlOptions, mssqlDialect, mssqlStrategy, mssqlTablesText } from "./mssql/index.ts";
export {
  createMysqlTablesText,
  type MysqlIndex,
  type MysqlOptions,
  mysqlDialect,
  mysqlStrategy,
} from "./mysql/index.ts";
export { type IndexPlan, prefixPattern } from "./naming.ts";
export {
  type CustomIndex,
  createTablesText,
  type PostgresOptions,
  postgresDialect,
  postgresStrategy,
} from "./postgres/index.ts";
export { sqliteDialect } from "./sqlite.ts";
export { schemaErrorIn, violationIn } from "./sqlite-messages.ts";
export type { Strategy, WritePlan } from "./strategy.ts";
export { type Guard, placeTold, tellingGuard } from "./write/guard.ts";
export { jsonBulk } from "./write/json-bulk.ts";
export { singlePlan } from "./write/single.ts";
