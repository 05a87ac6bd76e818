import type { D1Binding, D1Prepared, D1QueryResult } from "@stowage/cloudflare-d1";

/** What went to the database: a request of a Worker, and the statements that it carried. */
export interface Counts {
  requests: number;
  statements: number;
}

/** A prepared statement as a client of D1 uses it. */
interface Prepared extends D1Prepared {
  bind(...values: unknown[]): Prepared;
  run(): Promise<D1QueryResult>;
  all(): Promise<D1QueryResult>;
  first(column?: string): Promise<unknown>;
  raw(): Promise<unknown[]>;
}

interface Statements {
  prepare(sql: string): Prepared;
  batch(statements: never[]): Promise<D1QueryResult[]>;
  getBookmark?(): string | null;
}

export interface Binding extends Statements {
  exec(sql: string): Promise<unknown>;
  withSession(start?: string): Statements;
}

/** The binding itself behind each counted statement. */
const originals = new WeakMap<object, Prepared>();

/** A binding of D1 that counts what goes through it. */
export function counting(binding: Binding, counts: Counts): D1Binding & Binding {
  const sent = (statements: number) => {
    counts.requests++;
    counts.statements += statements;
  };
  const counted = (prepared: Prepared): Prepared => {
    const through =
      <Name extends "run" | "all" | "first" | "raw">(name: Name) =>
      (...args: unknown[]) => {
        sent(1);
        return (prepared[name] as (...given: unknown[]) => Promise<never>)(...args);
      };
    const own: Prepared = {
      bind: (...values) => counted(prepared.bind(...values)),
      run: through("run"),
      all: through("all"),
      first: through("first"),
      raw: through("raw"),
    };
    originals.set(own, prepared);
    return own;
  };
  const statementsOf = (inner: Statements) => ({
    prepare: (sql: string) => counted(inner.prepare(sql)),
    batch: (list: never[]) => {
      sent(list.length);
      return inner.batch(list.map((each) => originals.get(each) as never));
    },
  });
  return {
    ...statementsOf(binding),
    exec: (sql) => {
      sent(1);
      return binding.exec(sql);
    },
    withSession: (start) => {
      const session = binding.withSession(start);
      return { ...statementsOf(session), getBookmark: () => session.getBookmark?.() ?? null };
    },
  };
}
