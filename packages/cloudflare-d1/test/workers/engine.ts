import { type D1Binding, type D1Options, d1Engine } from "@stowage/cloudflare-d1";
import { engineServer, type RemoteCall } from "@stowage/testkit/remote";

interface Environment {
  readonly DB: D1Binding;
}

let serve: ((request: Request) => Promise<Response>) | undefined;

/** The engine in a Worker, on its binding; and the database itself, as the REST interface answers. */
export default {
  async fetch(request: Request, { DB }: Environment): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/engine") {
      serve ??= engineServer(({ tablePrefix, forceDerived }: RemoteCall["spec"]) =>
        d1Engine({ binding: DB, tablePrefix } as D1Options, { forceDerived: forceDerived === true }),
      );
      return serve(request);
    }
    if (pathname === "/empty") return empty(DB, await request.text());
    return rest(DB, request);
  },
};

/** Removes the rows of every table with this prefix but the stamps. */
async function empty(database: D1Binding, prefix: string): Promise<Response> {
  const all = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?");
  const [found] = await database.batch([all.bind(prefix.length, prefix)] as never[]);
  const names = ((found?.results ?? []) as { name: string }[]).map(({ name }) => name);
  const filled = names.filter((name) => name !== `${prefix}stowage_schema`);
  if (filled.length > 0) {
    await database.batch(filled.map((name) => database.prepare(`DELETE FROM "${name}"`).bind()) as never[]);
  }
  return new Response();
}

interface Query {
  readonly sql: string;
  readonly params: unknown[];
}

/** As Cloudflare's documentation describes the answers of `/raw` and `/query`. */
async function rest(database: D1Binding, request: Request): Promise<Response> {
  const body = (await request.json()) as Query | { readonly batch: Query[] };
  const queries = "batch" in body ? body.batch : [body];
  const isRaw = new URL(request.url).pathname.endsWith("/raw");
  try {
    const statements = queries.map(({ sql, params }) => database.prepare(sql).bind(...params));
    const results = await database.batch(statements as never[]);
    return Response.json({
      success: true,
      errors: [],
      result: results.map(({ results: rows = [], meta }) => ({
        success: true,
        meta,
        results: isRaw ? { columns: Object.keys(rows[0] ?? {}), rows: rows.map((row) => Object.values(row)) } : rows,
      })),
    });
  } catch (error) {
    const { message } = error as Error;
    return Response.json({ success: false, errors: [{ code: 7500, message }], result: [] }, { status: 400 });
  }
}
