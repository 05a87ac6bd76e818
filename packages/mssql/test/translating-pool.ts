import type { PoolLike } from "@stowage/mssql";
import type pg from "pg";

/**
 * A pool that takes the T-SQL of this adapter and runs it on PostgreSQL, translated word by word. It proves the logic of the
 * statements (what they join, judge, order and tell), and nothing of SQL Server itself.
 */
export function translatingPool(pool: pg.Pool): PoolLike {
  const requestOn = (run: (text: string, inputs: Inputs) => Promise<Result[]>) => () => {
    const inputs: Inputs = new Map();
    return {
      input: (name: string, ...rest: unknown[]) => inputs.set(`@${name}`, rest.at(-1)),
      cancel: () => undefined,
      batch: async () => undefined,
      query: async (text: string) => ({ recordsets: (await run(text, inputs)).map(toRecordset) }),
    };
  };
  return {
    connected: true,
    request: requestOn((text, inputs) => run(pool, text, inputs)),
    connect: async () => undefined,
    close: async () => undefined,
    transaction: () => {
      let client: pg.PoolClient | undefined;
      const end = (verb: string) => async () => {
        await client?.query(verb);
        client?.release();
        client = undefined;
      };
      return {
        // Rounds of a walk see one moment here, as they do at the level that is asked for.
        begin: async () => {
          client = await pool.connect();
          await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
        },
        request: requestOn(async (text, inputs) => {
          const results: Result[] = [];
          for (const statement of text.replace(settings, "").split("; ")) {
            results.push(await one(client as pg.PoolClient, statement, inputs));
          }
          return results;
        }),
        commit: end("COMMIT"),
        rollback: end("ROLLBACK"),
      };
    },
  };
}

interface Result {
  readonly names: readonly string[];
  readonly rows: unknown[][];
}

type Inputs = Map<string, unknown>;

const toRecordset = ({ names, rows }: Result) =>
  Object.assign([...rows], { columns: names.map((name) => ({ name, type: undefined })) });

const settings = /^(SET [A-Z_ ]+?(ON|LOW|READ COMMITTED|SERIALIZABLE|SNAPSHOT); )+/;

async function run(pool: pg.Pool, text: string, inputs: Inputs): Promise<Result[]> {
  if (text.includes("sys.databases")) return [{ names: ["a", "b", "c"], rows: [[1, 0, 160]] }];
  const body = text.replace(settings, "");
  const client = await pool.connect();
  try {
    const steps = /BEGIN TRY BEGIN TRANSACTION; (.*) COMMIT TRANSACTION; END TRY/s.exec(body)?.[1];
    if (steps !== undefined) return await batch(client, steps, inputs);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    const statements = body.replace(/^BEGIN TRANSACTION; |; COMMIT TRANSACTION$/g, "").split("; ");
    const results: Result[] = [];
    for (const statement of statements) results.push(await one(client, statement, inputs));
    await client.query("COMMIT");
    return results;
  } catch (error) {
    await client.query("ROLLBACK");
    throw Object.assign(new Error(`${(error as Error).message} in ${text}`), { name: "RequestError", number: 1 });
  } finally {
    client.release();
  }
}

/** Batches one at a time, as if every range were locked. */
async function batch(client: pg.PoolClient, steps: string, inputs: Inputs): Promise<Result[]> {
  const results: Result[] = [];
  let at = 0;
  try {
    await client.query("BEGIN; SELECT pg_advisory_xact_lock(7)");
    for (const step of steps.split(/SET @stowage_at = \d+; /).slice(1)) {
      const statement = step.replace(/; (SELECT @@ROWCOUNT AS \[stowage_changes\];)? ?$/, "").replace(/;\s*$/, "");
      const result = await one(client, statement, inputs);
      const isSelect = statement.startsWith("SELECT");
      results.push(isSelect ? result : { names: ["stowage_changes"], rows: [[result.changes ?? 0]] });
      at++;
    }
    await client.query("COMMIT");
    return results;
  } catch (error) {
    await client.query("ROLLBACK");
    const { code, constraint, message, number } = error as pg.DatabaseError & { number?: number };
    const told = code === "23505" ? `unique index '${fullNames.get(constraint ?? "") ?? constraint}'` : message;
    const failure = [at, code === "23505" ? 2601 : (number ?? 1), number ? message : `${told} in ${steps}`];
    return [{ names: ["stowage_failed", "number", "message"], rows: [failure] }];
  }
}

/** Names that PostgreSQL would cut. */
const fullNames = new Map<string, string>();
function quoteName(name: string): string {
  if (name.length <= 60) return `"${name}"`;
  const short = `${name.slice(0, 40)}_${hashOf(name)}`;
  fullNames.set(short, name);
  return `"${short}"`;
}
const hashOf = (text: string) =>
  [...text].reduce((sum, character) => (sum * 33 + character.charCodeAt(0)) % 2 ** 40, 5381).toString(36);

async function one(client: pg.PoolClient, sql: string, inputs: Inputs): Promise<Result & { changes?: number }> {
  const declared = /^DECLARE (@rows\d+) NVARCHAR\(MAX\) = (@p\d+)$/.exec(sql);
  if (declared) {
    inputs.set(declared[1] as string, inputs.get(declared[2] as string));
    return { names: [], rows: [] };
  }
  if (sql.startsWith("DECLARE @lock")) return { names: [], rows: [] };
  const guard = /^DECLARE @refused NVARCHAR\(20\) = \((.*)\); IF @refused/.exec(sql);
  if (guard) {
    const { rows } = await query(client, guard[1] as string, inputs);
    if (rows[0]?.[0] != null) throw Object.assign(new Error(String(rows[0][0])), { number: 51001 });
    return { names: [], rows: [] };
  }
  if (sql.startsWith("SELECT SCHEMA_ID")) {
    return query(client, "SELECT (SELECT oid::int FROM pg_namespace WHERE nspname = @p1)", inputs);
  }
  if (sql.includes("FROM sys.objects")) return catalogue(client, sql, inputs);
  const stamps = /^IF OBJECT_ID\(N'(.*?)', N'U'\) IS NULL SELECT .* ELSE (SELECT .*)$/.exec(sql);
  if (stamps) {
    const { rows } = await query(client, `SELECT to_regclass('${translate(stamps[1] as string)}')::text`, inputs);
    return rows[0]?.[0] == null ? { names: [], rows: [] } : query(client, stamps[2] as string, inputs);
  }
  const conditional = /^IF (.*?) (CREATE TABLE|EXEC|ALTER TABLE|DROP|INSERT INTO) ?(.*)$/s.exec(sql);
  if (conditional) {
    const [, condition = "", verb = "", rest = ""] = conditional;
    const literal = /^\(N'(.*)'\)$/s.exec(rest)?.[1]?.replaceAll("''", "'");
    if (verb === "INSERT INTO" || verb === "DROP") {
      if (!condition.includes("sys.indexes")) {
        const { rows } = await query(client, `SELECT ${condition}`, inputs);
        if (rows[0]?.[0] !== true) return { names: [], rows: [] };
      }
      const drop = /^INDEX (\[.*?\]) ON (\[.*?\])\./.exec(rest);
      return query(client, drop ? `DROP INDEX IF EXISTS ${drop[2]}.${drop[1]}` : `${verb} ${rest}`, inputs);
    }
    if (condition.startsWith("SCHEMA_ID")) {
      // PostgreSQL itself would look into a cache that a lock waited for does not renew.
      const { rows } = await query(
        client,
        `SELECT 1 FROM pg_namespace WHERE nspname = ${condition.match(/'.*?'/)?.[0]}`,
        inputs,
      );
      if (rows.length > 0) return { names: [], rows: [] };
    }
    const text = literal ?? `${verb} ${rest}`;
    return query(
      client,
      text
        .replace(/^CREATE TABLE/, "CREATE TABLE IF NOT EXISTS")
        .replace(/^CREATE SCHEMA/, "CREATE SCHEMA IF NOT EXISTS")
        .replace(/^CREATE (UNIQUE )?INDEX/, "CREATE $1INDEX IF NOT EXISTS")
        .replace(/^(ALTER TABLE \S+ ADD)/, "$1 COLUMN IF NOT EXISTS"),
      inputs,
    );
  }
  return query(client, sql, inputs);
}

async function catalogue(client: pg.PoolClient, sql: string, inputs: Inputs): Promise<Result> {
  const [schema, names] = [...sql.matchAll(/@p\d+/g)].map(([name]) => inputs.get(name));
  const text = sql.includes("sys.indexes")
    ? `SELECT t.relname, i.relname, x.indisunique::int, replace(pg_get_expr(x.indpred, x.indrelid), '"', ''), a.attname
       FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
       JOIN pg_namespace n ON n.oid = t.relnamespace CROSS JOIN unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
       WHERE n.nspname = $1 AND t.relname IN (SELECT json_array_elements_text($2::json)) ORDER BY 1, 2, k.at`
    : `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1
       AND table_name IN (SELECT json_array_elements_text($2::json))`;
  const { rows } = await client.query({ text, values: [schema, names], rowMode: "array" });
  return {
    names: [],
    rows: rows.map((row: unknown[]) => row.map((value) => fullNames.get(value as string) ?? value)),
  };
}

async function query(client: pg.PoolClient, sql: string, inputs: Inputs): Promise<Result & { changes: number }> {
  const values: unknown[] = [];
  const text = translate(sql).replace(/@(p|rows)\d+/g, (name) => `$${values.push(inputs.get(name))}`);
  try {
    const { rows, fields, rowCount } = await client.query({ text, values, rowMode: "array" });
    const numeric = new Set([20, 1700, 701]);
    const converted = rows.map((row: unknown[]) =>
      row.map((value, at) => (value !== null && numeric.has(fields[at]?.dataTypeID ?? 0) ? Number(value) : value)),
    );
    return { names: fields.map(({ name }) => name), rows: converted, changes: rowCount ?? 0 };
  } catch (error) {
    (error as Error).message += ` in ${text}`;
    throw error;
  }
}

/** Texts recur, as they hold no values. */
const translations = new Map<string, string>();
function translate(sql: string): string {
  let translation = translations.get(sql);
  if (translation === undefined) translations.set(sql, (translation = translated(sql)));
  return translation;
}

function translated(sql: string): string {
  return sql
    .replace(
      /OPENJSON\((@\w+)\) WITH \((.*?'\$\.\w+')\) AS (\w+)/g,
      (_, json, fields: string, alias) =>
        `json_to_recordset(${json}::json) AS ${alias}(${fields.replace(/ '\$\.\w+'/g, "")})`,
    )
    .replace(/CAST\(JSON_VALUE\(j\.\[value\], '\$\[0\]'\) AS (\w+(\(\d+\))?)\)/g, "CAST(j.value->>0 AS $1)")
    .replace(/OPENJSON\((@\w+)\) AS j/g, "json_array_elements($1::json) AS j(value)")
    .replace(
      /^UPDATE t SET (.*) FROM (json_to_recordset.*\)) INNER LOOP JOIN (\S+) AS t ON (.*)$/s,
      "UPDATE $3 AS t SET $1 FROM $2 WHERE $4",
    )
    .replace(
      /^DELETE t FROM (json_to_recordset.*\)) INNER LOOP JOIN (\S+) AS t ON (.*)$/s,
      "DELETE FROM $2 AS t USING $1 WHERE $3",
    )
    .replace(
      /^DELETE t FROM (\S+) AS t INNER JOIN \((.*)\) AS v ON (.*)$/s,
      "DELETE FROM $1 AS t USING ($2) AS v WHERE $3",
    )
    .replace(/^DECLARE @seen TABLE (.*)$/, "CREATE TEMP TABLE seen $1 ON COMMIT DROP")
    .replace(/SELECT TOP \(1\) 1 FROM (\S+)/, "SELECT 1 FROM $1 LIMIT 1")
    .replaceAll("@seen", "seen")
    .replaceAll(" LOOP JOIN", " JOIN")
    .replace(/ WITH \(UPDLOCK(, HOLDLOCK)?\)/g, "")
    .replaceAll("CROSS APPLY", "CROSS JOIN LATERAL")
    .replace(
      /DATEDIFF_BIG\(MILLISECOND, CAST\('[^']*' AS DATETIME2\(3\)\), (t\.\[[^\]]+\])\)/g,
      "(extract(epoch FROM $1) * 1000)::bigint",
    )
    .replace(/DATEADD\(MILLISECOND, 1, (t\.\[[^\]]+\])\)/g, "($1 + interval '1 millisecond')")
    .replace(/CHARINDEX\((@p\d+), (\[[^\]]+\])\)/g, "position($1 IN $2)")
    .replaceAll("COUNT_BIG", "count")
    .replaceAll("Latin1_General_100_BIN2", '"C"')
    .replace(/ (NON)?CLUSTERED/g, "")
    .replace(/NVARCHAR\((\d+|MAX)\)/g, "text")
    .replaceAll("DATETIME2(3)", "timestamp(3)")
    .replaceAll("FLOAT(53)", "double precision")
    .replace(/\bBIT\b/g, "smallint")
    .replace(/\bN'/g, "'")
    .replace(/\[([^\]]+)\]/g, (_, name: string) => quoteName(name));
}
