/** Real databases for tests, started on this machine. */
export { findPostgres, type PostgresServer, type PostgresVersion, startPostgres } from "./postgres.ts";
export { freePort } from "./processes.ts";
