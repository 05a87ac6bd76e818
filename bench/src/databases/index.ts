import type { Database, DatabaseKey } from "../database.ts";
import { convex } from "./convex/index.ts";
import { dynamodb } from "./dynamodb/index.ts";
import { libsql } from "./libsql/index.ts";
import { mongodb } from "./mongodb/index.ts";
import { pg } from "./pg/index.ts";
import { redis } from "./redis/index.ts";
import { upstash } from "./upstash/index.ts";

export const databases: Record<DatabaseKey, Database> = { libsql, pg, mongodb, redis, dynamodb, upstash, convex };
