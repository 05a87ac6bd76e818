export type { CustomIndex } from "./custom-index.ts";
export { postgresDialect } from "./dialect.ts";
export { createTablesText, type PostgresOptions, postgresStrategy } from "./strategy.ts";
