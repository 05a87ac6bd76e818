import type { Database, DatabaseKey } from "../database.ts";
import { libsql } from "./libsql/index.ts";
import { pg } from "./pg/index.ts";

export const databases: Record<DatabaseKey, Database> = { libsql, pg };
