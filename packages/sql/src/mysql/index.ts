export { mysqlDialect } from "./dialect.ts";
export { createMysqlTablesText, type MysqlIndex, type MysqlOptions, mysqlStrategy } from "./strategy.ts";
