/** As much of an object's `ctx.storage.sql` as is used. */
export interface ObjectSql {
  exec(statement: string, ...args: unknown[]): { raw(): Iterable<unknown[]> };
}

/** As much of an object's `ctx.storage` as is used. */
export interface ObjectStorage {
  readonly sql?: ObjectSql;
  transactionSync<Result>(work: () => Result): Result;
}

/** Where the database is: inside the Durable Object that makes the store. */
export interface CloudflareDOOptions {
  /** `ctx.storage.sql` of a class with SQLite storage. Default: that of `storage`. */
  sql?: ObjectSql;
  /** `ctx.storage`, whose transactions then serve. Without it a batch that fails is put back record by record. */
  storage?: ObjectStorage;
  /** What the names of tables and indexes begin with: letters, digits and underscores. Default: nothing. */
  tablePrefix?: string;
  /**
   * Takes over tables that another library filled: converts them once, after which that library can no longer write them.
   * Without it, such tables are refused. Default `false`.
   */
  adopt?: boolean;
}

/** The database, as it is given or as the storage has it. */
export const sqlOf = (options: Pick<CloudflareDOOptions, "sql" | "storage"> | undefined): ObjectSql | undefined =>
  options?.sql ?? options?.storage?.sql;

/** @throws TypeError that says which option is wrong. */
export function checkOptions(options: CloudflareDOOptions, name = "CloudflareDOStorage"): void {
  const { storage, tablePrefix = "" } = options ?? {};
  if (typeof sqlOf(options)?.exec !== "function") {
    throw new TypeError(`${name}: sql is required: ctx.storage.sql of a Durable Object with SQLite storage.`);
  }
  if (storage !== undefined && typeof storage?.transactionSync !== "function") {
    throw new TypeError(`${name}: storage must be ctx.storage of the Durable Object.`);
  }
  if (typeof tablePrefix !== "string" || !/^([A-Za-z_][A-Za-z0-9_]{0,62})?$/.test(tablePrefix)) {
    throw new TypeError(`${name}: Invalid tablePrefix: a plain identifier of letters, digits and underscores.`);
  }
}
