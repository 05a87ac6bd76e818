import type { SqlRow, SqlValue, Statement, StatementResult } from "@stowage/sql";
import type { D1Binding, D1Client, D1ClientAnswer, D1QueryResult, D1Session, D1Statements } from "./clients.ts";
import { NoAnswer, RestError } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";

/** A way to a database. */
export interface Way {
  /** Whether a list of statements is one transaction and one request; otherwise a list is of one statement. */
  readonly takesBatches: boolean;
  send(statements: readonly Statement[]): Promise<StatementResult[]>;
  /** The rows of a single statement that changes nothing, where there is a shorter way to them. Default: by {@link send}. */
  ask?(statement: Statement): Promise<SqlRow[]>;
}

/** The binding of a Worker, in one session, so that reads see what was written whichever copy answers. */
export class BindingWay implements Way {
  readonly takesBatches = true;
  private readonly database: D1Statements;
  private readonly session: D1Session | undefined;

  constructor(binding: D1Binding, bookmark: string | undefined) {
    this.session = binding.withSession?.(bookmark ?? "first-primary");
    this.database = this.session ?? binding;
  }

  get bookmark(): string | undefined {
    return this.session?.getBookmark() ?? undefined;
  }

  async send(statements: readonly Statement[]): Promise<StatementResult[]> {
    const prepared = statements.map(({ sql, args }) => this.database.prepare(sql).bind(...args));
    return (await this.database.batch(prepared as never[])).map(resultOf);
  }

  /** No transaction around it, and no object made of each row. */
  async ask({ sql, args }: Statement): Promise<SqlRow[]> {
    return (await this.database
      .prepare(sql)
      .bind(...args)
      .raw()) as SqlRow[];
  }
}

/** A client of the user's. */
export class ClientWay implements Way {
  readonly takesBatches: boolean;
  private readonly client: D1Client;

  constructor(client: D1Client) {
    this.client = client;
    this.takesBatches = typeof client.batch === "function";
  }

  async send(statements: readonly Statement[]): Promise<StatementResult[]> {
    const queries = statements.map(({ sql, args }) => ({ sql, params: [...args] }));
    const [only] = queries;
    const answer = await (queries.length === 1 && only ? this.client.query(only) : this.client.batch?.(queries));
    return answersIn(answer as D1ClientAnswer).map(resultOf);
  }
}

/** Cloudflare's REST interface. */
export class RestWay implements Way {
  readonly takesBatches = true;
  private readonly url: string;
  private readonly apiToken: string;
  private readonly fetch: typeof globalThis.fetch;

  constructor(options: ResolvedOptions & { form: "rest" }, fetch: typeof globalThis.fetch) {
    const { accountId, databaseId, apiToken } = options;
    const path = `accounts/${encodeURIComponent(accountId)}/d1/database/${encodeURIComponent(databaseId)}/raw`;
    this.url = `https://api.cloudflare.com/client/v4/${path}`;
    this.apiToken = apiToken;
    this.fetch = fetch;
  }

  async send(statements: readonly Statement[]): Promise<StatementResult[]> {
    const queries = statements.map(({ sql, args }) => ({ sql, params: args }));
    const { fetch } = this;
    const response = await fetch(this.url, {
      method: "POST",
      headers: { authorization: `Bearer ${this.apiToken}`, "content-type": "application/json" },
      body: JSON.stringify(queries.length === 1 ? queries[0] : { batch: queries }),
    }).catch(withoutAnswer);
    const answer = (await response.json().catch(response.ok ? withoutAnswer : () => ({}))) as RestAnswer;
    if (!response.ok || answer.success === false || !answer.result) {
      const message = answer.errors?.map((error) => error.message).join("; ");
      throw new RestError(response.ok ? 400 : response.status, message || `D1 answered with status ${response.status}`);
    }
    return answer.result.map(({ results, meta }) => ({ rows: results?.rows ?? [], changes: meta?.changes ?? 0 }));
  }
}

const withoutAnswer = (cause: unknown): never => {
  throw new NoAnswer(cause);
};

interface RestAnswer {
  readonly success?: boolean;
  readonly errors?: readonly { readonly message?: string }[];
  readonly result?: readonly {
    readonly results?: { readonly rows?: readonly SqlRow[] };
    readonly meta?: { readonly changes?: number };
  }[];
}

function answersIn(answer: D1ClientAnswer): readonly D1QueryResult[] {
  const bare = "result" in answer ? answer.result : answer;
  return Array.isArray(bare) ? bare : [bare as D1QueryResult];
}

/** Rows are objects here, in the order of their columns, which have names of their own. */
function resultOf({ results = [], meta }: D1QueryResult): StatementResult {
  return { rows: results.map((row) => Object.values(row) as SqlValue[]), changes: meta?.changes ?? results.length };
}
