import { type Message, type Score, type Snapshot, type Span, spanContext, spanJson, type Thread } from "../../data.ts";
import type { Subject } from "../../subject.ts";

/**
 * What a careful engineer would write by hand for the measured operations and no others: only the columns and indexes they
 * need, one statement and so one round trip for each operation, and the conversions without which a caller could not use
 * the rows. Times are milliseconds; JSON is text, as nobody looks into it, or `json`, which is merged member by member. What is
 * saved comes back as it was, as Stowage promises it: `jsonb` refuses U+0000 and lone surrogates.
 */

// biome-ignore lint/suspicious/noExplicitAny: a row as the driver gives it
type DriverRow = any;

export interface Driver {
  execute(text: string, values: unknown[]): Promise<DriverRow[]>;
  close(): Promise<void>;
}

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

const quote = (name: string) => `"${name}"`;
const typeOf = (name: string) =>
  name === "score" ? "float8" : name === "isEvent" ? "boolean" : name.endsWith("At") ? "bigint" : "text";
const typed = (names: readonly string[]) => names.map((name) => `${quote(name)} ${typeOf(name)}`).join(", ");
const list = (names: readonly string[]) => names.map(quote).join(", ");

export const schema = [
  `CREATE TABLE IF NOT EXISTS threads (id text PRIMARY KEY, "resourceId" text NOT NULL, title text, metadata json,
    "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS messages (seq bigserial, id text PRIMARY KEY, thread_id text NOT NULL,
    "resourceId" text NOT NULL, role text NOT NULL, type text NOT NULL, content text NOT NULL, "createdAt" bigint NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS messages_by_thread ON messages (thread_id, "createdAt", seq)`,
  `CREATE TABLE IF NOT EXISTS runs (workflow_name text NOT NULL, run_id text NOT NULL, status text, snapshot json NOT NULL,
    "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY (workflow_name, run_id))`,
  `CREATE TABLE IF NOT EXISTS run_steps (seq bigserial, workflow_name text NOT NULL, run_id text NOT NULL,
    step_id text NOT NULL, result text NOT NULL, PRIMARY KEY (workflow_name, run_id, step_id))`,
  `CREATE TABLE IF NOT EXISTS spans (${typed(spanColumns)}, PRIMARY KEY ("traceId", "spanId"))`,
  `CREATE INDEX IF NOT EXISTS spans_roots ON spans ("startedAt" DESC, "traceId") WHERE "parentSpanId" IS NULL`,
  `CREATE TABLE IF NOT EXISTS scores (seq bigserial, ${typed(scoreColumns)}, PRIMARY KEY (id))`,
  `CREATE INDEX IF NOT EXISTS scores_by_scorer ON scores ("scorerId", "createdAt", seq)`,
];

const json = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value));
const parse = (text: string | null) => (text === null ? null : JSON.parse(text));

const saveMessages = `WITH moved AS (
    UPDATE threads SET "updatedAt" = greatest($1, "updatedAt" + 1) WHERE id = $2 RETURNING id),
  saved AS (
    INSERT INTO messages (id, thread_id, "resourceId", role, type, content, "createdAt")
    SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
      WHERE EXISTS (SELECT 1 FROM moved)
    ON CONFLICT (id) DO UPDATE SET thread_id = excluded.thread_id, "resourceId" = excluded."resourceId",
      role = excluded.role, type = excluded.type, content = excluded.content)
  SELECT id FROM moved`;
const saveSpans = `INSERT INTO spans (${list(spanColumns)})
  SELECT * FROM unnest(${spanColumns.map((name, at) => `$${at + 1}::${typeOf(name)}[]`).join(", ")})
  ON CONFLICT ("traceId", "spanId") DO UPDATE SET ${spanColumns
    .slice(2)
    .filter((name) => name !== "createdAt")
    .map((name) => `${quote(name)} = coalesce(excluded.${quote(name)}, spans.${quote(name)})`)
    .join(", ")}`;
const saveScore = `INSERT INTO scores (${list(scoreColumns)}) VALUES (${scoreColumns.map((_, at) => `$${at + 1}`).join(", ")})
  ON CONFLICT (id) DO UPDATE SET ${scoreColumns
    .filter((name) => name !== "id" && name !== "createdAt")
    .map((name) => `${quote(name)} = excluded.${quote(name)}`)
    .join(", ")}`;
/** The members of one JSON object with those of another, which has these `names`, over them. */
const merged = (stored: string, change: string, names = `SELECT json_object_keys(${change})`) =>
  `(SELECT json_object_agg(key, value) FROM (SELECT key, value FROM json_each(coalesce(${stored}, '{}'))
    WHERE key NOT IN (${names}) UNION ALL SELECT key, value FROM json_each(${change})) AS members)`;
const mergedContext = merged(
  "runs.snapshot",
  `json_build_object('requestContext', ${merged("runs.snapshot -> 'requestContext'", "$5::json")})`,
  "'requestContext'",
);
const listMessages = (direction: string, from: boolean) =>
  `SELECT id, thread_id, "resourceId", role, type, content, "createdAt" FROM messages
    WHERE thread_id = $1${from ? ' AND "createdAt" >= $4' : ""}
    ORDER BY "createdAt" ${direction}, seq ${direction} LIMIT $2 OFFSET $3`;
const counted = (page: string, count: string) =>
  `WITH page AS (${page}) SELECT page.*, total FROM (${count}) counted LEFT JOIN page ON true`;

export function handwritten({ execute, close }: Driver): Subject {
  const insertSpans = async (spans: readonly Span[]): Promise<void> => {
    const now = Date.now();
    const rows = spans.map((span) => fromSpan(span, now));
    await execute(
      saveSpans,
      spanColumns.map((_, at) => rows.map((row) => row[at])),
    );
  };
  const stepsOf = (workflowName: string, runId: string): Promise<DriverRow[]> =>
    execute("SELECT step_id, result FROM run_steps WHERE workflow_name = $1 AND run_id = $2 ORDER BY seq", [
      workflowName,
      runId,
    ]);
  return {
    memory: {
      async saveThread({ thread }) {
        await execute(
          `INSERT INTO threads (id, "resourceId", title, metadata, "createdAt", "updatedAt") VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET "resourceId" = excluded."resourceId", title = excluded.title,
              metadata = excluded.metadata, "createdAt" = excluded."createdAt", "updatedAt" = excluded."updatedAt"`,
          [
            thread.id,
            thread.resourceId,
            thread.title,
            json(thread.metadata),
            thread.createdAt.getTime(),
            thread.updatedAt.getTime(),
          ],
        );
        return thread;
      },

      async getThreadById({ threadId }) {
        const [row] = await execute("SELECT * FROM threads WHERE id = $1", [threadId]);
        return row ? toThread(row) : null;
      },

      async updateThread({ id, title, metadata }) {
        const [row] = await execute(
          `UPDATE threads SET title = coalesce($1, title), "updatedAt" = greatest($2, "updatedAt" + 1),
            metadata = ${merged("metadata", "$3::json")} WHERE id = $4 RETURNING *`,
          [title, Date.now(), JSON.stringify(metadata), id],
        );
        if (!row) throw new Error(`thread ${id} not found`);
        return toThread(row);
      },

      async saveMessages({ messages }) {
        const threadId = messages[0]!.threadId;
        const [moved] = await execute(saveMessages, [
          Date.now(),
          threadId,
          messages.map(({ id }) => id),
          messages.map((message) => message.threadId),
          messages.map(({ resourceId }) => resourceId),
          messages.map(({ role }) => role),
          messages.map(({ type }) => type ?? "v2"),
          messages.map(({ content }) => JSON.stringify(content)),
          messages.map(({ createdAt }) => createdAt.getTime()),
        ]);
        if (!moved) throw new Error(`thread ${threadId} not found`);
        return { messages };
      },

      async listMessages({ threadId, page = 0, perPage, orderBy, filter, includeTotal = true }) {
        const start = filter?.dateRange.start.getTime();
        const from = start !== undefined;
        const select = listMessages(orderBy?.direction ?? "ASC", from);
        const values = [threadId, includeTotal ? perPage : perPage + 1, page * perPage, ...(from ? [start] : [])];
        if (!includeTotal) {
          const rows = await execute(select, values);
          const hasMore = rows.length > perPage;
          const messages = (hasMore ? rows.slice(0, perPage) : rows).map(toMessage);
          return { messages, total: page * perPage + messages.length, hasMore };
        }
        const count = `SELECT count(*) AS total FROM messages WHERE thread_id = $1${from ? ' AND "createdAt" >= $4' : ""}`;
        const rows = await execute(counted(select, count), values);
        const total: number = rows[0].total;
        const messages = rows.filter(({ id }) => id !== null).map(toMessage);
        return { messages, total, hasMore: page * perPage + messages.length < total };
      },
    },

    workflows: {
      async persistWorkflowSnapshot({ workflowName, runId, snapshot }) {
        const { context, ...header } = snapshot;
        const steps = Object.keys(context);
        await execute(
          `WITH header AS (
              INSERT INTO runs (workflow_name, run_id, status, snapshot, "createdAt", "updatedAt") VALUES ($1, $2, $3, $4, $5, $5)
              ON CONFLICT (workflow_name, run_id) DO UPDATE SET status = excluded.status, snapshot = excluded.snapshot,
                "updatedAt" = excluded."updatedAt"),
            gone AS (DELETE FROM run_steps WHERE workflow_name = $1 AND run_id = $2 AND step_id <> ALL($6::text[]))
            INSERT INTO run_steps (workflow_name, run_id, step_id, result)
              SELECT $1, $2, step, result FROM unnest($6::text[], $7::text[]) AS given (step, result)
              ON CONFLICT (workflow_name, run_id, step_id) DO UPDATE SET result = excluded.result
                WHERE run_steps.result <> excluded.result`,
          [
            workflowName,
            runId,
            snapshot.status,
            JSON.stringify(header),
            Date.now(),
            steps,
            steps.map((step) => JSON.stringify(context[step])),
          ],
        );
      },

      async loadWorkflowSnapshot({ workflowName, runId }) {
        const rows = await execute(
          `SELECT runs.snapshot, step_id, result FROM runs LEFT JOIN run_steps USING (workflow_name, run_id)
            WHERE workflow_name = $1 AND run_id = $2 ORDER BY seq`,
          [workflowName, runId],
        );
        if (rows.length === 0) return null;
        const snapshot = rows[0].snapshot as Snapshot;
        snapshot.context = toContext(rows.filter(({ step_id }) => step_id !== null));
        return snapshot;
      },

      /** A result whose output is an array would need to be merged with the stored one; none here has. */
      async updateWorkflowResults({ workflowName, runId, stepId, result, requestContext }) {
        await execute(
          `WITH header AS (
              INSERT INTO runs (workflow_name, run_id, status, snapshot, "createdAt", "updatedAt")
                VALUES ($1, $2, 'pending', $3, $4, $4)
              ON CONFLICT (workflow_name, run_id) DO UPDATE SET "updatedAt" = excluded."updatedAt", snapshot =
                ${mergedContext})
            INSERT INTO run_steps (workflow_name, run_id, step_id, result) VALUES ($1, $2, $6, $7)
              ON CONFLICT (workflow_name, run_id, step_id) DO UPDATE SET result = excluded.result`,
          [
            workflowName,
            runId,
            JSON.stringify({ runId, status: "pending", requestContext }),
            Date.now(),
            JSON.stringify(requestContext),
            stepId,
            JSON.stringify(result),
          ],
        );
        return toContext(await stepsOf(workflowName, runId));
      },
    },

    observability: {
      createSpan: ({ span }) => insertSpans([span]),

      batchCreateSpans: ({ records }) => insertSpans(records),

      async getTrace({ traceId }) {
        const rows = await execute(
          `SELECT * FROM spans WHERE "traceId" = $1 ORDER BY "startedAt", "parentSpanId" IS NOT NULL, "spanId"`,
          [traceId],
        );
        return rows.length === 0 ? null : { traceId, spans: rows.map(toSpan) };
      },

      async listTraces({ pagination: { page, perPage } }) {
        const rows = await execute(
          counted(
            `SELECT * FROM spans WHERE "parentSpanId" IS NULL ORDER BY "startedAt" DESC, "traceId" LIMIT $1 OFFSET $2`,
            `SELECT count(*) AS total FROM spans WHERE "parentSpanId" IS NULL`,
          ),
          [perPage, page * perPage],
        );
        const spans = rows
          .filter(({ traceId }) => traceId !== null)
          .map((row) => {
            const span = toSpan(row);
            return { ...span, status: span.error != null ? "error" : span.endedAt === null ? "running" : "success" };
          });
        return { spans, pagination: { total: rows[0].total } };
      },
    },

    scores: {
      async saveScore(score) {
        const now = Date.now();
        const saved = { ...score, id: score.id ?? crypto.randomUUID() };
        await execute(saveScore, [
          ...scoreText.map((name) => saved[name] ?? null),
          ...scoreJson.map((name) => json(saved[name])),
          now,
          now,
        ]);
        return { score: { ...saved, createdAt: new Date(now), updatedAt: new Date(now) } };
      },

      async listScoresByScorerId({ scorerId, pagination: { page, perPage } }) {
        const rows = await execute(
          counted(
            `SELECT * FROM scores WHERE "scorerId" = $1 ORDER BY "createdAt" DESC, seq DESC LIMIT $2 OFFSET $3`,
            `SELECT count(*) AS total FROM scores WHERE "scorerId" = $1`,
          ),
          [scorerId, perPage, page * perPage],
        );
        return {
          scores: rows.filter(({ id }) => id !== null).map(toScore),
          pagination: { total: rows[0].total },
        };
      },
    },

    close,
  };
}

const toThread = (row: DriverRow): Thread => ({
  id: row.id,
  resourceId: row.resourceId,
  title: row.title,
  metadata: row.metadata,
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

function fromSpan(span: Span, now: number): unknown[] {
  return [
    span.traceId,
    span.spanId,
    span.parentSpanId,
    span.name,
    span.spanType,
    span.isEvent,
    span.startedAt.getTime(),
    span.endedAt?.getTime() ?? null,
    ...spanContext.map((name) => span[name] ?? null),
    ...spanJson.map((name) => json(span[name])),
    now,
    now,
  ];
}

function toSpan(row: DriverRow): Span {
  const span: Record<string, unknown> = {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    name: row.name,
    spanType: row.spanType,
    isEvent: row.isEvent,
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
