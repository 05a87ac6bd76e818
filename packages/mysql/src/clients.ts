import { type CallOptions, StorageError } from "@stowage/core/engine";

/** What is needed of a connection of `mysql2`. */
export interface ClientLike {
  query(
    options: object,
    callback: (error: unknown, results: unknown) => void,
  ): { on(event: "fields", count: () => void): unknown };
  release(): void;
  destroy(): void;
  on?(event: "error", listener: (error: Error) => void): unknown;
  readonly config?: {
    readonly clientFlags?: number;
    readonly multipleStatements?: boolean;
    readonly queryFormat?: unknown;
  };
}

/** What is needed of a pool: one of `mysql2`. */
export interface PoolLike {
  getConnection(callback: (error: unknown, client: ClientLike) => void): void;
  end?(callback: (error?: unknown) => void): void;
}

/** Milliseconds to wait for a connection of a pool that has none left. */
const longestWait = 30_000;

/** A client of the pool, unless the call ends before there is one; a client that comes too late goes straight back. */
export function checkOut(pool: PoolLike, { signal, deadline }: CallOptions = {}): Promise<ClientLike> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      act();
    };
    const stop = () =>
      settle(() => reject(new StorageError("the call was aborted", { code: "aborted", cause: signal?.reason })));
    const late = () => {
      const isOver = deadline !== undefined && Date.now() >= deadline;
      settle(() => {
        if (isOver) reject(new StorageError("the call ran out of time", { code: "timeout", retry: "exhausted" }));
        else reject(new StorageError("no connection of the pool became free in time", { code: "timeout" }));
      });
    };
    const left = deadline === undefined ? longestWait : Math.max(0, deadline - Date.now());
    const timer = setTimeout(late, Math.min(left, longestWait));
    signal?.addEventListener("abort", stop, { once: true });
    pool.getConnection((error, client) => {
      if (settled) {
        if (!error) client.release();
        return;
      }
      settle(() => {
        if (error) return reject(error);
        attend(client);
        resolve(client);
      });
    });
  });
}

const attended = new WeakSet<ClientLike>();

/** A broken connection is told to the request under way; as an event without a listener it would end the process. */
function attend(client: ClientLike): void {
  if (attended.has(client)) return;
  attended.add(client);
  client.on?.("error", () => undefined);
}
