import type { CallOptions } from "@stowage/core/engine";
import type { InteractiveConnection, Session, SqlRow, Statement } from "@stowage/sql";
import type { ResolvedOptions } from "../options.ts";
import { NativeDatabase } from "./database.ts";
import { type Location, locate } from "./location.ts";

/** The databases open in this process, by identity, with the number of connections that use each. */
const open = new Map<string, { readonly database: Promise<NativeDatabase>; users: number }>();

/** A store's share in a database of this process. Stores on one file have one connection between them. */
export class NativeConnection implements InteractiveConnection {
  readonly kind = "interactive";
  private readonly database: NativeDatabase;
  private readonly release: () => Promise<void>;
  private released: Promise<void> | undefined;

  private constructor(database: NativeDatabase, release: () => Promise<void>) {
    this.database = database;
    this.release = release;
  }

  static async open(options: ResolvedOptions): Promise<NativeConnection> {
    const location = locate(options.url, options.target === "memory");
    const { identity } = location;
    if (identity === undefined) {
      const database = await NativeDatabase.open(location, options);
      return new NativeConnection(database, () => database.close());
    }
    const database = await share(identity, location, options);
    return new NativeConnection(database, () => giveBack(identity, database));
  }

  async read(statements: readonly Statement[], options?: CallOptions): Promise<SqlRow[][]> {
    return this.database.read(
      (session) => statements.map((each) => answer(session, each)),
      statements.length < 2,
      options,
    );
  }

  transaction<Result>(work: (session: Session) => Result, options?: CallOptions): Promise<Result> {
    return this.database.transaction(work, options);
  }

  walk(step: (session: Session) => boolean, options?: CallOptions): Promise<void> {
    return this.database.walk(step, options);
  }

  close(): Promise<void> {
    this.released ??= this.release();
    return this.released;
  }
}

function answer(session: Session, { sql, args, atMostOneRow }: Statement): SqlRow[] {
  if (!atMostOneRow) return session.all(sql, args);
  const row = session.one(sql, args);
  return row ? [row] : [];
}

async function share(identity: string, location: Location, options: ResolvedOptions): Promise<NativeDatabase> {
  let entry = open.get(identity);
  if (!entry) {
    entry = { database: NativeDatabase.open(location, options), users: 0 };
    open.set(identity, entry);
  }
  entry.users++;
  try {
    return await entry.database;
  } catch (error) {
    if (open.get(identity) === entry) open.delete(identity);
    throw error;
  }
}

async function giveBack(identity: string, database: NativeDatabase): Promise<void> {
  const entry = open.get(identity);
  if (!entry || --entry.users > 0) return;
  open.delete(identity);
  await database.close();
}
