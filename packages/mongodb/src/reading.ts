import { type CallOptions, checkCall, pause, type Table, turn } from "@stowage/core/engine";
import type { ClientSession } from "mongodb";
import type { Connection, StoredCollection } from "./connection.ts";
import { isLacking, isTransient } from "./errors.ts";
import type { TableMapping } from "./mapping.ts";

/** What every request needs: where to send it, and the bounds of the call that it is part of. */
export interface Reach {
  readonly connection: Connection;
  mappingOf(table: Table): TableMapping;
  /** Filters and aggregates are evaluated on the rows walked. */
  readonly isDerived: boolean;
  readonly call: CallOptions | undefined;
  readonly session: ClientSession | undefined;
}

export const collectionOf = (reach: Reach, table: Table): StoredCollection | Promise<StoredCollection> =>
  reach.connection.collection(table.name);

/** Options of one read. @throws StorageError when the call is over. */
export function readOptions({ call, session }: Reach): {
  session?: ClientSession;
  timeoutMS?: number;
  signal?: AbortSignal;
} {
  return { ...writeOptions(call, session), ...(call?.signal && { signal: call.signal }) };
}

/** Options of one write, which is not given up once it was sent. @throws StorageError when the call is over. */
export function writeOptions(
  call: CallOptions | undefined,
  session: ClientSession | undefined,
): { session?: ClientSession; timeoutMS?: number } {
  checkCall(call);
  return {
    ...(session && { session }),
    ...(call?.deadline !== undefined && { timeoutMS: Math.max(1, Math.ceil(call.deadline - Date.now())) }),
  };
}

/**
 * Runs reads that see one snapshot, where the server has such a thing: the first of them settles which one it is. The reads
 * may be run more than once.
 *
 * @param isOneRequest whether there is one request only, which sees one state of a collection anyway.
 */
export async function inSnapshot<Result>(
  { connection, call }: Pick<Reach, "connection" | "call">,
  task: (session: ClientSession | undefined) => Promise<Result>,
  { isOneRequest = false } = {},
): Promise<Result> {
  if (!connection.hasTransactions) return task(undefined);
  if (!connection.lacking.has("snapshot sessions")) {
    const session = connection.session("snapshot");
    try {
      const result = await task(session);
      if (keptItsTime(session)) return result;
      connection.lacking.add("snapshot sessions");
    } catch (error) {
      if (!isLacking(error)) throw error;
      connection.lacking.add("snapshot sessions");
    } finally {
      await session.endSession();
    }
  }
  return isOneRequest ? task(undefined) : inTransaction(connection, call, task);
}

/** A server that reads at a snapshot tells its time with the first answer, and the driver notes it for the next requests. */
const keptItsTime = (session: ClientSession): boolean =>
  (session as { readonly snapshotTime?: unknown }).snapshotTime !== undefined;

/** How often reads are tried that a server interrupts for the sake of writes. */
const attempts = 8;

async function inTransaction<Result>(
  connection: Connection,
  call: CallOptions | undefined,
  task: (session: ClientSession) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const session = connection.session("transaction");
    try {
      session.startTransaction({ readConcern: { level: "snapshot" } });
      return await task(session);
    } catch (error) {
      if (!isTransient(error) || tries === attempts) throw error;
    } finally {
      // Nobody has to wait for the end of what changed nothing.
      void session.endSession().catch(() => undefined);
    }
    await pause(turn(tries, 0), call);
  }
}
