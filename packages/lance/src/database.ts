import type { Connection, Table as NativeTable } from "@lancedb/lancedb";
import { type ConvergeOptions, type ConvergeReport, StorageError, type Table } from "@stowage/core/engine";
import { translate } from "./errors.ts";
import { formatField, kindField, Library } from "./library.ts";
import type { MaintenanceListener } from "./maintenance.ts";
import { keyColumn, TableMapping } from "./mapping.ts";
import type { ResolvedOptions } from "./options.ts";
import { LanceTable } from "./table.ts";

interface Opened {
  readonly connection: Connection;
  readonly library: Library;
}

/** A connection with the tables that were opened on it. */
export class Database {
  private readonly options: ResolvedOptions;
  private readonly failed: MaintenanceListener;
  private opening: Promise<Opened> | undefined;
  private readonly tables = new Map<Table, Promise<LanceTable>>();
  private active = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: ResolvedOptions, failed: MaintenanceListener) {
    this.options = options;
    this.failed = failed;
  }

  /** Runs a call so that its errors are ours, and `close` waits for it. */
  async counted<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed" });
    this.active++;
    try {
      return await call();
    } catch (error) {
      throw translate(error);
    } finally {
      if (--this.active === 0) this.idle?.();
    }
  }

  open(table: Table): Promise<LanceTable> {
    let opened = this.tables.get(table);
    if (!opened) {
      opened = this.openTable(table);
      this.tables.set(table, opened);
      opened.catch(() => this.tables.delete(table));
    }
    return opened;
  }

  converge(table: Table, { dryRun = false }: ConvergeOptions): Promise<ConvergeReport> {
    return this.counted(() => this.convergeTable(table, dryRun, 5));
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.active > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve;
      });
    }
    const tables = await Promise.allSettled(this.tables.values());
    for (const table of tables) if (table.status === "fulfilled") await table.value.close();
    if (!this.options.client) (await this.opening?.catch(() => undefined))?.connection.close();
  }

  private connect(): Promise<Opened> {
    const { client, uri, connectionOptions } = this.options;
    this.opening ??= Library.load().then(async (library) => ({
      library,
      connection: client ?? (await library.connect(uri, connectionOptions)),
    }));
    this.opening.catch(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async openTable(table: Table): Promise<LanceTable> {
    const { connection, library } = await this.connect();
    const native = await connection.openTable(this.options.prefix + table.name);
    return new LanceTable(
      native,
      new TableMapping(table, this.options.prefix, (await factsOf(native)).kinds),
      library,
      this.failed,
    );
  }

  private async convergeTable(table: Table, dryRun: boolean, tries: number): Promise<ConvergeReport> {
    const { connection, library } = await this.connect();
    const wanted = new TableMapping(table, this.options.prefix);
    const { name } = wanted;
    const create = `create table ${name} (${wanted.columns.map((column) => `${column.name} ${column.kind}`).join(", ")})`;
    const native = await connection.openTable(name).catch((error: unknown) => {
      if (translate(error).code === "not_initialised") return undefined;
      throw error;
    });
    if (!native) {
      if (!dryRun) await connection.createEmptyTable(name, library.schema(wanted), { mode: "create", existOk: true });
      return { statements: [create], unknown: [] };
    }
    const { kinds: found, format } = await factsOf(native);
    if (format === undefined) {
      if ((await native.countRows()) > 0) throw foreignTable(name);
      if (!dryRun) {
        await connection.dropTable(name);
        await connection.createEmptyTable(name, library.schema(wanted), { mode: "create", existOk: true });
      }
      return { statements: [`drop table ${name}`, create], unknown: [] };
    }
    if (Number(format) !== table.format) {
      throw new StorageError(
        "the table was written by another version of this library, and there is no upgrade from it",
        {
          code: "schema",
          details: { table: name, stored: Number(format), known: table.format },
        },
      );
    }
    const mapping = new TableMapping(table, this.options.prefix, found);
    const unknown = mapping.unknown.map((column) => `${name}.${column}`);
    const missing = wanted.columns.filter((column) => !found.has(column.name));
    if (missing.length === 0) {
      if (!this.tables.has(table))
        this.tables.set(table, Promise.resolve(new LanceTable(native, mapping, library, this.failed)));
      return { statements: [], unknown };
    }
    const required = missing.find(({ name: column }) => table.columns[column]?.isNullable === false);
    if (required) {
      throw new StorageError("a table of ours lacks a required column; its format number should have grown with it", {
        code: "schema",
        details: { table: name, column: required.name },
      });
    }
    const statements = missing.map((column) => `add column ${name} ${column.name} ${column.kind}`);
    if (dryRun) return { statements, unknown };
    try {
      await native.addColumns(missing.map((column) => library.field(column, wanted)));
    } catch (error) {
      // Somebody else adds them at the same time.
      if (tries === 0) throw error;
      await this.convergeTable(table, dryRun, tries - 1);
      return { statements, unknown };
    }
    this.tables.delete(table);
    if (missing.some(({ kind }) => kind === "path")) await refill(await this.open(table));
    return { statements, unknown };
  }
}

/** Writes every row again, so that it gets its places in new paths. Whoever wrote a row meanwhile has done it himself. */
async function refill(table: LanceTable): Promise<void> {
  const { mapping } = table;
  const rows: [Record<string, string | number | null>, number][] = [];
  await table.scan({ columns: mapping.all }, (row) => rows.push([mapping.encode(row, row._rev), row._rev]) > 0);
  for (const [row, revision] of rows) await table.swap(row, revision);
}

/** What the fields of a table say of themselves. */
async function factsOf(native: NativeTable): Promise<{ kinds: Map<string, string>; format: string | undefined }> {
  await native.checkoutLatest();
  const { fields } = await native.schema();
  return {
    kinds: new Map(fields.map((field) => [field.name, field.metadata.get(kindField) ?? "foreign"])),
    format: fields.find((field) => field.name === keyColumn)?.metadata.get(formatField),
  };
}

const foreignTable = (name: string) =>
  new StorageError(
    `the table ${name} holds rows that another library wrote, and tables of LanceDB are not taken over in place; give a ` +
      "prefix or another place, and copy what is to be kept",
    { code: "schema", status: "FOREIGN_TABLE", details: { table: name } },
  );
