/** Real databases for tests, started on this machine. */
export { findMariadb, type MariadbServer, startMariadb } from "./mariadb.ts";
export { findMongo, type MongoKind, type MongoServer, startMongo } from "./mongodb.ts";
export { findPostgres, type PostgresServer, type PostgresVersion, startPostgres } from "./postgres.ts";
export { freePort } from "./processes.ts";
export { findRedis, type RedisServer, startRedis } from "./redis.ts";
export { type Cut, TcpProxy } from "./tcp-proxy.ts";
export { bundleWorker, type WorkerBundle } from "./worker.ts";
