import type { Table as NativeTable } from "@lancedb/lancedb";
import type { Library } from "./library.ts";
import { keyColumn, type TableMapping } from "./mapping.ts";

/**
 * Commits after which the small pieces they left are joined: every read opens each of them. As many as the last time took
 * milliseconds, within these bounds, so that a commit pays about one of them.
 */
const fewestCommits = 20;
const mostCommits = 200;
/** Versions that are older are removed then, in milliseconds: a reader may still be on a younger one. */
const keepFor = 600_000;
/** A table of fewer rows is read through as quickly as its indexes. */
const worthAnIndex = 10_000;

/** Is told that the pieces of a table could not be joined: until that goes well reads slow down and the folder grows. */
export type MaintenanceListener = (table: string, error: unknown) => void;

/** Joins the pieces of a table and indexes it, between two writes and never twice at once. A failure is told, and waits for the next time. */
export class Maintenance {
  private readonly native: NativeTable;
  private readonly mapping: TableMapping;
  private readonly library: Library;
  private readonly failed: MaintenanceListener;
  private count = 0;
  private due = fewestCommits;
  private running: Promise<void> | undefined;

  constructor(native: NativeTable, mapping: TableMapping, library: Library, failed: MaintenanceListener) {
    this.native = native;
    this.mapping = mapping;
    this.library = library;
    this.failed = failed;
  }

  /** Counts a commit. The next one has to wait for what this gives: to join pieces that somebody changes is in vain. */
  async written(): Promise<void> {
    if (++this.count >= this.due) await this.run().catch((error: unknown) => this.failed(this.mapping.name, error));
  }

  run(): Promise<void> {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  async settled(): Promise<void> {
    await this.running?.catch(() => {});
  }

  private async work(): Promise<void> {
    this.count = 0;
    const start = performance.now();
    if ((await this.native.countRows()) >= worthAnIndex) {
      const indexed = new Set((await this.native.listIndices()).flatMap(({ columns }) => columns));
      for (const column of [keyColumn, ...this.mapping.indexed]) {
        if (!indexed.has(column)) await this.native.createIndex(column, this.library.scalarIndex());
      }
    }
    await this.native.optimize({ cleanupOlderThan: new Date(Date.now() - keepFor) });
    this.due = Math.min(mostCommits, Math.max(fewestCommits, Math.round(performance.now() - start)));
  }
}
