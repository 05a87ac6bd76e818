/** Real databases for tests, started on this machine. */

export { type ClickhouseServer, findClickhouse, startClickhouse } from "./clickhouse/index.ts";
export { type DynamoServer, findDynamo, startDynamo } from "./dynamodb.ts";
export { type FrontAnswer, type FrontFault, type FrontRequest, HttpFront } from "./http-front.ts";
export { findMariadb, type MariadbServer, startMariadb } from "./mariadb.ts";
export { findMongo, type MongoKind, type MongoOptions, type MongoServer, startMongo } from "./mongodb.ts";
export { findPgbouncer, type Pgbouncer, startPgbouncer } from "./pgbouncer.ts";
export { findPostgres, type PostgresServer, type PostgresVersion, startPostgres } from "./postgres.ts";
export { freePort } from "./processes.ts";
export { findRedis, type RedisSentinel, type RedisServer, startRedis, startRedisSentinel } from "./redis.ts";
export { type PartFault, RedisFront, type RunCommand } from "./redis-front.ts";
export { countedRoundTrips, countRoundTrips } from "./round-trips.ts";
export { scratchFolder } from "./scratch-folder.ts";
export { type Cut, TcpProxy } from "./tcp-proxy.ts";
export { bundleWorker, post, type WorkerBundle } from "./worker.ts";
