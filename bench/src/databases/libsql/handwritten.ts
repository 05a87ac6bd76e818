import { type Message, type Score, type Snapshot, type Span, spanContext, spanJson, type Thread } from "../../data.ts";
import type { Subject } from "../../subject.ts";

/**
 * What a careful engineer would write by hand for the measured operations and no others: only the columns and indexes
 * they need, one request per operation, and the conversions without which a caller could not use the rows.
 */

export type Value = string | number | null;
export interface Statement {
  sql: string;
  args: Value[];
}
// biome-ignore lint/suspicious/noExplicitAny: a row as the driver gives it
export type DriverRow = any;
export interface Result {
  rows: DriverRow[];
  rowsAffected: number;
}

/** The driver's own calls, or the like. */
export interface Driver {
  execute(statement: Statement): Promise<Result>;
  batch(statements: Statement[], mode: "read" | "write"): Promise<Result[]>;
  close(): Promise<void>;
}

/** The durability and the habits that Stowage gives its connections. */
export const pragmas = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = NORMAL",
  "PRAGMA foreign_keys = OFF",
  "PRAGMA busy_timeout = 5000",
  "PRAGMA wal_autocheckpoint = 8000",
];

const spanColumns = [
  "traceId",
  "spanId",
  "parentSpanId",
  "name",
  "spanType",
  "isEvent",
  "startedAt",
  "endedAt",
  ...spanContext,
  ...spanJson,
  "createdAt",
  "updatedAt",
];
const scoreText = [
  "id",
  "scorerId",
  "entityId",
  "entityType",
  "runId",
  "score",
  "reason",
  "source",
  "analyzePrompt",
  "traceId",
  "spanId",
  "resourceId",
  "threadId",
] as const;
const scoreJson = [
  "input",
  "output",
  "scorer",
  "entity",
  "metadata",
  "additionalContext",
  "requestContext",
  "extractStepResult",
  "analyzeStepResult",
] as const;
const scoreColumns = [...scoreText, ...scoreJson, "createdAt", "updatedAt"];

export const schema = [
  `CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY, resourceId TEXT NOT NULL, title TEXT, metadata TEXT,
    createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, thread_id TEXT NOT NULL, resourceId TEXT NOT NULL,
    role TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL, createdAt INTEGER NOT NULL)`,
  "CREATE INDEX IF NOT EXISTS messages_by_thread ON messages (thread_id, createdAt, seq)",
  `CREATE TABLE IF NOT EXISTS runs (
    workflow_name TEXT NOT NULL, run_id TEXT NOT NULL, resourceId TEXT, status TEXT, snapshot TEXT NOT NULL,
    createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL, PRIMARY KEY (workflow_name, run_id))`,
  `CREATE TABLE IF NOT EXISTS run_steps (
    workflow_name TEXT NOT NULL, run_id TEXT NOT NULL, step_id TEXT NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (workflow_name, run_id, step_id))`,
  `CREATE TABLE IF NOT EXISTS spans (
    ${spanColumns.map((name) => (/At$|^isEvent$/.test(name) ? `${name} INTEGER` : `${name} TEXT`)).join(", ")},
    PRIMARY KEY (traceId, spanId))`,
  "CREATE INDEX IF NOT EXISTS spans_roots ON spans (startedAt DESC, traceId) WHERE parentSpanId IS NULL",
  `CREATE TABLE IF NOT EXISTS scores (
    seq INTEGER PRIMARY KEY,
    ${scoreColumns.map((name) => `${name} ${name === "score" ? "REAL" : /At$/.test(name) ? "INTEGER" : "TEXT"}`).join(", ")},
    UNIQUE (id))`,
  "CREATE INDEX IF NOT EXISTS scores_by_scorer ON scores (scorerId, createdAt, seq)",
];

const json = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value));
const parse = (text: string | null) => (text === null ? null : JSON.parse(text));
const tuples = (columns: number, rows: number) =>
  Array(rows)
    .fill(`(${Array(columns).fill("?").join(", ")})`)
    .join(", ");

/** The statement of so many rows, put together once. */
function forRows(build: (rows: number) => string): (rows: number) => string {
  const built = new Map<number, string>();
  return (rows) => {
    let sql = built.get(rows);
    if (sql === undefined) built.set(rows, (sql = build(rows)));
    return sql;
  };
}

const saveMessagesSql = forRows(
  (rows) => `INSERT INTO messages (id, thread_id, resourceId, role, type, content, createdAt)
    SELECT * FROM (VALUES ${tuples(7, rows)}) WHERE EXISTS (SELECT 1 FROM threads WHERE id = ?)
    ON CONFLICT (id) DO UPDATE SET thread_id = excluded.thread_id, resourceId = excluded.resourceId,
      role = excluded.role, type = excluded.type, content = excluded.content`,
);
const saveStepsSql = forRows(
  (rows) => `INSERT INTO run_steps (workflow_name, run_id, step_id, result) VALUES ${tuples(4, rows)}
    ON CONFLICT (workflow_name, run_id, step_id) DO UPDATE SET result = excluded.result
      WHERE result <> excluded.result`,
);
/** As many as a statement has parameters for. */
const mostSpans = Math.floor(32_766 / spanColumns.length);
const saveSpansSql = forRows(
  (rows) => `INSERT INTO spans (${spanColumns.join(", ")}) VALUES ${tuples(spanColumns.length, rows)}
    ON CONFLICT (traceId, spanId) DO UPDATE SET ${spanColumns
      .slice(2)
      .filter((name) => name !== "createdAt")
      .map((name) => `${name} = coalesce(excluded.${name}, ${name})`)
      .join(", ")}`,
);
const bumpThreadSql = "UPDATE threads SET updatedAt = max(?, updatedAt + 1) WHERE id = ?";
const listMessagesSql = (direction: string, from: boolean) =>
  `SELECT id, thread_id, resourceId, role, type, content, createdAt FROM messages
    WHERE thread_id = ?${from ? " AND createdAt >= ?" : ""}
    ORDER BY createdAt ${direction}, seq ${direction} LIMIT ? OFFSET ?`;
const countMessagesSql = (from: boolean) =>
  `SELECT count(*) AS total FROM messages WHERE thread_id = ?${from ? " AND createdAt >= ?" : ""}`;
const saveScoreSql = `INSERT INTO scores (${scoreColumns.join(", ")}) VALUES ${tuples(scoreColumns.length, 1)}
  ON CONFLICT (id) DO UPDATE SET ${scoreColumns
    .filter((name) => name !== "id" && name !== "createdAt")
    .map((name) => `${name} = excluded.${name}`)
    .join(", ")}`;

export function handwritten(driver: Driver): Subject {
  return {
    memory: {
      async saveThread({ thread }) {
        await driver.execute({
          sql: `INSERT INTO threads (id, resourceId, title, metadata, createdAt, updatedAt) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET resourceId = excluded.resourceId, title = excluded.title,
              metadata = excluded.metadata, createdAt = excluded.createdAt, updatedAt = excluded.updatedAt`,
          args: [
            thread.id,
            thread.resourceId,
            thread.title,
            json(thread.metadata),
            thread.createdAt.getTime(),
            thread.updatedAt.getTime(),
          ],
        });
        return thread;
      },

      async getThreadById({ threadId }) {
        const { rows } = await driver.execute({ sql: "SELECT * FROM threads WHERE id = ?", args: [threadId] });
        return rows.length > 0 ? toThread(rows[0]) : null;
      },

      async updateThread({ id, title, metadata }) {
        const keys = Object.keys(metadata);
        const { rows } = await driver.execute({
          sql: `UPDATE threads SET title = coalesce(?, title), updatedAt = max(?, updatedAt + 1),
              metadata = json_set(coalesce(metadata, '{}')${", ?, json(?)".repeat(keys.length)})
            WHERE id = ? RETURNING *`,
          args: [title, Date.now(), ...keys.flatMap((key) => [`$."${key}"`, JSON.stringify(metadata[key])]), id],
        });
        if (rows.length === 0) throw new Error(`thread ${id} not found`);
        return toThread(rows[0]);
      },

      async saveMessages({ messages }) {
        const threadId = messages[0]!.threadId;
        const args: Value[] = [];
        for (const message of messages) {
          args.push(
            message.id,
            message.threadId,
            message.resourceId,
            message.role,
            message.type ?? "v2",
            JSON.stringify(message.content),
            message.createdAt.getTime(),
          );
        }
        args.push(threadId);
        const [bumped] = await driver.batch(
          [
            { sql: bumpThreadSql, args: [Date.now(), threadId] },
            { sql: saveMessagesSql(messages.length), args },
          ],
          "write",
        );
        if (bumped!.rowsAffected === 0) throw new Error(`thread ${threadId} not found`);
        return { messages };
      },

      async listMessages({ threadId, page = 0, perPage, orderBy, filter, includeTotal = true }) {
        const start = filter?.dateRange.start.getTime();
        const where = start === undefined ? [threadId] : [threadId, start];
        const select = {
          sql: listMessagesSql(orderBy?.direction ?? "ASC", start !== undefined),
          args: [...where, includeTotal ? perPage : perPage + 1, page * perPage],
        };
        if (!includeTotal) {
          const { rows } = await driver.execute(select);
          const hasMore = rows.length > perPage;
          const messages = (hasMore ? rows.slice(0, perPage) : rows).map(toMessage);
          return { messages, total: page * perPage + messages.length, hasMore };
        }
        const [found, counted] = await driver.batch(
          [select, { sql: countMessagesSql(start !== undefined), args: where }],
          "read",
        );
        const total: number = counted!.rows[0].total;
        const messages = found!.rows.map(toMessage);
        return { messages, total, hasMore: page * perPage + messages.length < total };
      },
    },

    workflows: {
      async persistWorkflowSnapshot({ workflowName, runId, snapshot }) {
        const { context, ...header } = snapshot;
        const steps = Object.keys(context);
        const now = Date.now();
        await driver.batch(
          [
            {
              sql: `INSERT INTO runs (workflow_name, run_id, status, snapshot, createdAt, updatedAt)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (workflow_name, run_id) DO UPDATE SET status = excluded.status,
                  snapshot = excluded.snapshot, updatedAt = excluded.updatedAt`,
              args: [workflowName, runId, snapshot.status, JSON.stringify(header), now, now],
            },
            {
              sql: `DELETE FROM run_steps WHERE workflow_name = ? AND run_id = ?
                AND step_id NOT IN (SELECT value FROM json_each(?))`,
              args: [workflowName, runId, JSON.stringify(steps)],
            },
            {
              sql: saveStepsSql(steps.length),
              args: steps.flatMap((step) => [workflowName, runId, step, JSON.stringify(context[step])]),
            },
          ],
          "write",
        );
      },

      async loadWorkflowSnapshot({ workflowName, runId }) {
        const [run, steps] = await driver.batch(
          [
            {
              sql: "SELECT snapshot FROM runs WHERE workflow_name = ? AND run_id = ?",
              args: [workflowName, runId],
            },
            {
              sql: "SELECT step_id, result FROM run_steps WHERE workflow_name = ? AND run_id = ? ORDER BY rowid",
              args: [workflowName, runId],
            },
          ],
          "read",
        );
        if (run!.rows.length === 0) return null;
        const snapshot = JSON.parse(run!.rows[0].snapshot) as Snapshot;
        snapshot.context = toContext(steps!.rows);
        return snapshot;
      },

      /** A result whose output is an array would need to be merged with the stored one; none here has. */
      async updateWorkflowResults({ workflowName, runId, stepId, result, requestContext }) {
        const now = Date.now();
        const [, , steps] = await driver.batch(
          [
            {
              sql: `INSERT INTO runs (workflow_name, run_id, status, snapshot, createdAt, updatedAt)
                VALUES (?, ?, 'pending', ?, ?, ?)
                ON CONFLICT (workflow_name, run_id) DO UPDATE SET updatedAt = excluded.updatedAt, snapshot =
                  json_set(snapshot, '$.requestContext', json_patch(snapshot -> '$.requestContext', ?))`,
              args: [
                workflowName,
                runId,
                JSON.stringify({ runId, status: "pending", requestContext }),
                now,
                now,
                JSON.stringify(requestContext),
              ],
            },
            { sql: saveStepsSql(1), args: [workflowName, runId, stepId, JSON.stringify(result)] },
            {
              sql: "SELECT step_id, result FROM run_steps WHERE workflow_name = ? AND run_id = ? ORDER BY rowid",
              args: [workflowName, runId],
            },
          ],
          "write",
        );
        return toContext(steps!.rows);
      },
    },

    observability: {
      async createSpan({ span }) {
        await driver.execute({ sql: saveSpansSql(1), args: fromSpan(span, Date.now()) });
      },

      async batchCreateSpans({ records }) {
        const now = Date.now();
        const statements: Statement[] = [];
        for (let start = 0; start < records.length; start += mostSpans) {
          const part = records.slice(start, start + mostSpans);
          statements.push({ sql: saveSpansSql(part.length), args: part.flatMap((span) => fromSpan(span, now)) });
        }
        const [only] = statements;
        if (statements.length === 1 && only) await driver.execute(only);
        else await driver.batch(statements, "write");
      },

      async getTrace({ traceId }) {
        const { rows } = await driver.execute({
          sql: "SELECT * FROM spans WHERE traceId = ? ORDER BY startedAt, parentSpanId IS NOT NULL, spanId",
          args: [traceId],
        });
        return rows.length === 0 ? null : { traceId, spans: rows.map(toSpan) };
      },

      async listTraces({ pagination: { page, perPage } }) {
        const [found, counted] = await driver.batch(
          [
            {
              sql: `SELECT * FROM spans WHERE parentSpanId IS NULL ORDER BY startedAt DESC, traceId LIMIT ? OFFSET ?`,
              args: [perPage, page * perPage],
            },
            { sql: "SELECT count(*) AS total FROM spans WHERE parentSpanId IS NULL", args: [] },
          ],
          "read",
        );
        const spans = found!.rows.map((row) => {
          const span = toSpan(row);
          return { ...span, status: span.error != null ? "error" : span.endedAt === null ? "running" : "success" };
        });
        return { spans, pagination: { total: counted!.rows[0].total } };
      },
    },

    scores: {
      async saveScore(score) {
        const now = Date.now();
        const saved = { ...score, id: score.id ?? crypto.randomUUID() };
        await driver.execute({
          sql: saveScoreSql,
          args: [
            ...scoreText.map((name) => (saved[name] ?? null) as Value),
            ...scoreJson.map((name) => json(saved[name])),
            now,
            now,
          ],
        });
        return { score: { ...saved, createdAt: new Date(now), updatedAt: new Date(now) } };
      },

      async listScoresByScorerId({ scorerId, pagination: { page, perPage } }) {
        const [found, counted] = await driver.batch(
          [
            {
              sql: "SELECT * FROM scores WHERE scorerId = ? ORDER BY createdAt DESC, seq DESC LIMIT ? OFFSET ?",
              args: [scorerId, perPage, page * perPage],
            },
            { sql: "SELECT count(*) AS total FROM scores WHERE scorerId = ?", args: [scorerId] },
          ],
          "read",
        );
        return { scores: found!.rows.map(toScore), pagination: { total: counted!.rows[0].total } };
      },
    },

    close: () => driver.close(),
  };
}

const toThread = (row: DriverRow): Thread => ({
  id: row.id,
  resourceId: row.resourceId,
  title: row.title,
  metadata: parse(row.metadata),
  createdAt: new Date(row.createdAt),
  updatedAt: new Date(row.updatedAt),
});

function toMessage(row: DriverRow): Message {
  const message: Message = {
    id: row.id,
    threadId: row.thread_id,
    resourceId: row.resourceId,
    role: row.role,
    content: JSON.parse(row.content),
    createdAt: new Date(row.createdAt),
  };
  if (row.type !== "v2") message.type = row.type;
  return message;
}

function toContext(rows: DriverRow[]): Snapshot["context"] {
  const context: Snapshot["context"] = {};
  for (const row of rows) context[row.step_id] = JSON.parse(row.result);
  return context;
}

function fromSpan(span: Span, now: number): Value[] {
  const values: Value[] = [
    span.traceId,
    span.spanId,
    span.parentSpanId,
    span.name,
    span.spanType,
    span.isEvent ? 1 : 0,
    span.startedAt.getTime(),
    span.endedAt?.getTime() ?? null,
  ];
  for (const name of spanContext) values.push(span[name] ?? null);
  for (const name of spanJson) values.push(json(span[name]));
  values.push(now, now);
  return values;
}

function toSpan(row: DriverRow): Span {
  const span: Record<string, unknown> = {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    name: row.name,
    spanType: row.spanType,
    isEvent: row.isEvent === 1,
    startedAt: new Date(row.startedAt),
    endedAt: row.endedAt === null ? null : new Date(row.endedAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
  for (const name of spanContext) span[name] = row[name];
  for (const name of spanJson) span[name] = parse(row[name]);
  return span as Span;
}

function toScore(row: DriverRow): Score {
  const score: Record<string, unknown> = { createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) };
  for (const name of scoreText) score[name] = row[name];
  for (const name of scoreJson) score[name] = parse(row[name]);
  return score as unknown as Score;
}
