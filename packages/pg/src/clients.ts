import type { CallOptions } from "@stowage/core/engine";
import { StorageError } from "@stowage/core/engine";

/** What is needed of a client of a pool: the one of `pg`, or any that takes the same calls. */
export interface ClientLike {
  query(config: unknown, ...rest: unknown[]): unknown;
  release(error?: Error | boolean): void;
  on?(event: "error", listener: (error: Error) => void): unknown;
  off?(event: "error", listener: (error: Error) => void): unknown;
}

/** What is needed of a pool: `pg.Pool`, or anything that gives such clients. */
export interface PoolLike {
  connect(): Promise<ClientLike>;
  end?(): Promise<void>;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** A client of the pool, unless the call ends before there is one; a client that comes too late goes straight back. */
export function checkOut(pool: PoolLike, call: CallOptions = {}): Promise<ClientLike> {
  const arriving = pool.connect().then(attended);
  return call.signal || call.deadline !== undefined ? inTime(arriving, call) : arriving;
}

async function inTime(arriving: Promise<ClientLike>, { signal, deadline }: CallOptions): Promise<ClientLike> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    stop = () => reject(new StorageError("the call was aborted", { code: "aborted", cause: signal?.reason }));
    signal?.addEventListener("abort", stop, { once: true });
    if (deadline !== undefined) {
      const late = () => reject(new StorageError("the call ran out of time", { code: "timeout", retry: "exhausted" }));
      timer = setTimeout(late, Math.max(0, deadline - Date.now()));
    }
  });
  try {
    return await Promise.race([arriving, given]);
  } catch (error) {
    arriving.then(
      (client) => giveBack(client),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
    if (stop) signal?.removeEventListener("abort", stop);
  }
}

/** A broken connection is told to the request under way; as an event without a listener it would end the process. */
const ignore = () => undefined;

function attended(client: ClientLike): ClientLike {
  client.on?.("error", ignore);
  return client;
}

/** Gives a client back to its pool; one that broke is thrown away, and may tell so once more. */
export function giveBack(client: ClientLike, broken?: Error): void {
  if (!broken) client.off?.("error", ignore);
  client.release(broken);
}
