import type { ClientLike, PoolLike } from "./clients.ts";
import { decodedTypes } from "./values.ts";

/** What is needed of PGlite, a PostgreSQL inside this process. */
export interface PgliteLike {
  query(sql: string, values?: unknown[], options?: object): Promise<unknown>;
  exec(sql: string): Promise<unknown>;
  runExclusive(work: () => Promise<unknown>): Promise<unknown>;
}

export const isPglite = (value: object): value is PgliteLike => {
  const { query, exec, runExclusive } = value as Partial<PgliteLike>;
  return [query, exec, runExclusive].every((method) => typeof method === "function") && !("connect" in value);
};

/** Its only session as a pool of one client; who asks while it is taken waits in line. */
export function pgliteAsPool(database: PgliteLike): PoolLike {
  const asTexts = Object.fromEntries(decodedTypes.map((type) => [type, (text: string) => text]));
  // Values are texts already where PGlite would make some: it takes bytes as an array only.
  const ofTexts = Object.fromEntries([17, 1001].map((type) => [type, (text: string) => text]));
  let line: Promise<unknown> = Promise.resolve();
  return {
    connect() {
      const before = line;
      let leave = () => {};
      line = new Promise<void>((resolve) => {
        leave = resolve;
      });
      return before.then((): ClientLike => {
        let isTaken = true;
        return {
          async query(config, values) {
            if (typeof config === "string")
              return values ? database.query(config, values as unknown[]) : database.exec(config);
            const { text, values: own } = config as { text: string; values: unknown[] };
            const result = (await database.query(text, own, {
              rowMode: "array",
              parsers: asTexts,
              serializers: ofTexts,
            })) as {
              affectedRows?: number;
            };
            return { ...result, rowCount: result.affectedRows ?? 0 };
          },
          release(error) {
            if (!isTaken) return;
            isTaken = false;
            // Whatever went wrong, the session stays the only one there is.
            if (error) database.exec("ROLLBACK").then(leave, leave);
            else leave();
          },
        };
      });
    },
  };
}
