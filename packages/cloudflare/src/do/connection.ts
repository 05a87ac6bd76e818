import type { InteractiveConnection, Session, SqlRow, Statement } from "@stowage/sql";
import { type CloudflareDOOptions, type ObjectSql, type ObjectStorage, sqlOf } from "./options.ts";

/**
 * The database of the object that this runs in. All of a call happens without yielding: nothing else of the object runs
 * meanwhile, and what it wrote reaches the disk together.
 */
export class ObjectConnection implements InteractiveConnection {
  readonly kind = "interactive";
  readonly rollsBack: boolean;
  private readonly storage: ObjectStorage | undefined;
  private readonly session: Session;

  constructor(options: Pick<CloudflareDOOptions, "sql" | "storage">) {
    const { storage } = options;
    this.rollsBack = storage !== undefined;
    this.storage = storage;
    this.session = sessionOn(sqlOf(options) as ObjectSql);
  }

  async read(statements: readonly Statement[]): Promise<SqlRow[][]> {
    return statements.map(({ sql, args }) => this.session.all(sql, args));
  }

  async transaction<Result>(work: (session: Session) => Result): Promise<Result> {
    return this.storage ? this.storage.transactionSync(() => work(this.session)) : work(this.session);
  }

  async walk(step: (session: Session) => boolean): Promise<void> {
    while (!step(this.session));
  }

  /** The database is the object's. */
  async close(): Promise<void> {}
}

function sessionOn(sql: ObjectSql): Session {
  const all: Session["all"] = (statement, args) => [...sql.exec(statement, ...args).raw()] as SqlRow[];
  return {
    all,
    one: (statement, args) => all(statement, args)[0],
    run(statement, args) {
      all(statement, args);
      // The cursor counts entries of indexes too.
      return all("SELECT changes()", [])[0]?.[0] as number;
    },
  };
}
