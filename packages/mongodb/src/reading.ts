import { type CallOptions, checkCall, type Table } from "@stowage/core/engine";
import type { ClientSession } from "mongodb";
import type { Connection, StoredCollection } from "./connection.ts";
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

/** Runs reads in a session of one snapshot, where the server has such a thing. The first of them settles which one it is. */
export async function inSnapshot<Result>(
  { connection }: Pick<Reach, "connection">,
  task: (session: ClientSession | undefined) => Promise<Result>,
): Promise<Result> {
  if (!connection.hasTransactions) return task(undefined);
  const session = connection.session(true);
  try {
    return await task(session);
  } finally {
    await session.endSession();
  }
}
