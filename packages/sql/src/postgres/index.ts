export { postgresDialect } from "./dialect.ts";
export { createTablesText, type PostgresOptions, postgresStrategy } from "./strategy.ts";
