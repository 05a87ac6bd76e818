import {
  type CallOptions,
  type ConvergeOptions,
  type ConvergeReport,
  isConflict,
  jitter,
  pause,
  StorageError,
  type Table,
  upsert,
} from "@stowage/core/engine";
import { Layout, type Stamp } from "./layout.ts";
import { type KvAnswers, type KvPort, type KvWrite, LayoutChanged, type TableRequest } from "./port.ts";
import { builtStamp, type Growth, growthOf, schemaLayout, schemaTable } from "./schema.ts";

interface Found {
  readonly stamp: Stamp;
  readonly rev: number;
}

const tries = 20;
const buildPage = 200;

/** The layouts of tables, by the stamps in the database: reads each stamp once, and makes what a declaration adds. */
export class Stamps {
  private readonly port: KvPort;
  private readonly layout: Layout;
  private readonly known = new Map<string, Found>();
  private readonly layouts = new Map<Table, Layout>();

  constructor(port: KvPort) {
    this.port = port;
    this.layout = schemaLayout(port.maxPartBytes);
  }

  /** The layouts of these tables. @throws StorageError `not_initialised` for a table that nobody has made. */
  async layoutsOf(tables: Iterable<Table>, options: CallOptions): Promise<ReadonlyMap<Table, Layout>> {
    const missing = [...new Set(tables)].filter((table) => !this.layouts.has(table));
    if (missing.length === 0) return this.layouts;
    const unread = missing.filter(({ name }) => !this.known.has(name));
    if (unread.length > 0) await this.load(unread, options);
    for (const table of missing) {
      const found = this.known.get(table.name);
      if (!found) {
        throw new StorageError(`the storage is not initialised: there is no table ${table.name}; call init()`, {
          code: "not_initialised",
          details: { table: table.name },
        });
      }
      this.layouts.set(table, new Layout(table, found.stamp, this.port.maxPartBytes));
    }
    return this.layouts;
  }

  /** Forgets what was read, to read it again. */
  forget(): void {
    this.known.clear();
    this.layouts.clear();
  }

  async converge(tables: readonly Table[], options: ConvergeOptions): Promise<ConvergeReport> {
    const wanted = [...new Map(tables.map((table) => [table.name, table])).values()];
    const found = await this.load(wanted, options);
    const growths = wanted.map((table) => this.growthOf(table, found));
    const growing = growths.filter(({ statements }) => statements.length > 0);
    if (options.dryRun !== true) {
      const fresh = growing.filter(({ needsBuilding }) => !needsBuilding);
      await this.write(fresh, found, options).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
      // What another process was faster with, and what has to be built, goes table by table.
      for (const growth of growing) await this.grow(growth.table, undefined, options);
    }
    return {
      statements: growing.flatMap(({ statements }) => statements),
      unknown: growths.flatMap(({ unknown }) => unknown),
    };
  }

  /** Makes what a table lacks by its declaration, and the path `onDemand` beside. Several processes may be at it together. */
  async grow(table: Table, onDemand: string | undefined, options: CallOptions): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const found = await this.load([table], options);
      const growth = this.growthOf(table, found, onDemand);
      if (growth.statements.length === 0) return;
      try {
        if (growth.stamp !== found.get(table.name)?.stamp) await this.write([growth], found, options);
        if (!growth.needsBuilding) return;
        // From here on every writer keeps up the new entries; those of the rows that are there follow.
        await this.build(new Layout(table, growth.stamp, this.port.maxPartBytes), options);
        const now = await this.load([table], options);
        if (now.get(table.name)?.stamp.version !== growth.stamp.version) continue;
        await this.write([{ ...growth, stamp: builtStamp(growth.stamp) }], now, options);
        return;
      } catch (error) {
        // Another process was faster: what it made is not made again.
        const isOvertaken = isConflict(error) && error.refusal.table === schemaTable.name;
        if (!(isOvertaken || error instanceof LayoutChanged) || attempt === tries) throw error;
        await pause(jitter(attempt), options);
      }
    }
  }

  private async load(tables: readonly Table[], options: CallOptions): Promise<ReadonlyMap<string, Found>> {
    if (tables.length === 0) return this.known;
    const ids = tables.map(({ name }) => this.layout.id([name]));
    const [rows] = (await this.port.read([{ kind: "records", layout: this.layout, ids }], options)) as [
      KvAnswers["records"],
    ];
    for (const [index, { name }] of tables.entries()) {
      const row = rows[index];
      if (row) this.note(name, { stamp: JSON.parse(row.stamp as string) as Stamp, rev: row._rev });
      else this.known.delete(name);
    }
    return this.known;
  }

  private growthOf(table: Table, found: ReadonlyMap<string, Found>, onDemand?: string): Growth {
    const { onDemand: isOnDemand, gathers } = this.port;
    return growthOf(table, found.get(table.name)?.stamp, ({ name }) => !isOnDemand || name === onDemand, gathers);
  }

  private note(name: string, found: Found): void {
    if (this.known.get(name)?.rev === found.rev) return;
    this.known.set(name, found);
    for (const table of this.layouts.keys()) if (table.name === name) this.layouts.delete(table);
  }

  private async write(
    growths: readonly Growth[],
    found: ReadonlyMap<string, Found>,
    options: CallOptions,
  ): Promise<void> {
    if (growths.length === 0) return;
    const batch = growths.map(({ table, stamp }): KvWrite => {
      const row = { name: table.name, version: stamp.version, stamp: JSON.stringify(stamp) };
      const rev = found.get(table.name)?.rev;
      const expect = this.port.write ? { expect: rev === undefined ? ("absent" as const) : { rev } } : {};
      return { op: upsert(schemaTable, row, expect), layout: this.layout, id: this.layout.id([table.name]) };
    });
    if (!this.port.write) await this.port.bulk(batch, options);
    else {
      const most = this.port.capabilities.atomicLimit.records;
      for (let start = 0; start < batch.length; start += most)
        await this.port.write(batch.slice(start, start + most), options);
    }
    await this.load(
      growths.map(({ table }) => table),
      options,
    );
  }

  private async build(layout: Layout, options: CallOptions): Promise<void> {
    let after: string | undefined;
    do {
      const request: TableRequest = {
        kind: "table",
        layout,
        limit: buildPage,
        columns: layout.table.key,
        ...(after !== undefined && { after }),
      };
      const [{ rows, next }] = (await this.port.read([request], options)) as [KvAnswers["table"]];
      const ids = rows.map((row) => layout.id(layout.table.key.map((column) => row[column] as never)));
      if (ids.length > 0) await this.port.reindex(layout, ids, options);
      after = next;
    } while (after !== undefined);
  }
}
