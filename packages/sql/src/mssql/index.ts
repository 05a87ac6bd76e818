export type { MssqlIndex } from "./custom-index.ts";
export { mssqlDialect } from "./dialect.ts";
export { type MssqlOptions, mssqlStrategy, mssqlTablesText } from "./strategy.ts";
