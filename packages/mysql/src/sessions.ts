import { StorageError } from "@stowage/core/engine";
import type { SqlRow } from "@stowage/sql";
import type { ClientLike } from "./clients.ts";
import { query } from "./query.ts";

/** What is known of a session for as long as its connection lives. */
export interface SessionFacts {
  /** Whether several statements may travel together. */
  readonly takesSeveral: boolean;
  /** Bytes of one request. */
  readonly longestRequest: number;
}

const multiStatements = 1 << 16;
const known = new WeakMap<ClientLike, SessionFacts>();

/** Asks for what {@link learn} wants to know. */
export const asked =
  "SELECT @@autocommit, @@max_allowed_packet, @@character_set_client, @@character_set_connection, @@character_set_results";

export const knownFacts = (client: ClientLike): SessionFacts | undefined => known.get(client);

export function takesSeveral({ config = {} }: ClientLike): boolean {
  return config.multipleStatements === true || ((config.clientFlags ?? 0) & multiStatements) !== 0;
}

/**
 * Looks at a session before its first use: whether it keeps texts as they are, and commits what it is not told to keep open.
 *
 * @throws StorageError `unsupported` when it does not.
 */
export async function learn(client: ClientLike, isOwn: boolean, answer: SqlRow | undefined): Promise<SessionFacts> {
  const [autocommit, packet, ...charsets] = answer ?? [];
  // It would put values where a text has a colon.
  if (client.config?.queryFormat) throw refuse("queryFormat", "unset");
  if (charsets.some((charset) => charset !== "utf8mb4")) throw refuse("charset", "utf8mb4");
  if (autocommit !== 1) {
    if (!isOwn) throw refuse("autocommit", "on");
    await query(client, "SET SESSION autocommit = 1", 1);
  }
  // What stands around a text has to fit as well.
  const facts = { takesSeveral: takesSeveral(client), longestRequest: (packet as number) - 1024 };
  known.set(client, facts);
  return facts;
}

const refuse = (option: string, wanted: string) =>
  new StorageError(`the sessions of the pool must have ${option} ${wanted}`, {
    code: "unsupported",
    details: { option },
  });
