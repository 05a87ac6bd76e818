/** A table of fewer rows is read through: that is quicker than to look into its entries first. */
export const smallTable = 20_000;
/** How long it is believed that a table has not grown by the hands of others, in milliseconds. */
const believed = 30_000;

/** How many rows the tables have, roughly. Asked for now and then beside the reads, which do not wait for it. */
export class TableSizes {
  private readonly rows = new Map<string, number>();
  private readonly ask: (names: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  private readonly small: number;
  private asked = Date.now();
  private asking = false;

  constructor(ask: (names: readonly string[]) => Promise<ReadonlyMap<string, number>>, small = smallTable) {
    this.ask = ask;
    this.small = small;
  }

  isSmall(name: string): boolean {
    if (!this.asking && Date.now() - this.asked > believed) void this.refresh();
    const rows = this.rows.get(name);
    return rows !== undefined && rows < this.small;
  }

  /** Where nobody has looked yet, as many as a table has that is not small. */
  rowsOf(name: string): number {
    return this.rows.get(name) ?? this.small;
  }

  found(name: string, rows: number): void {
    this.rows.set(name, rows);
  }

  written(name: string, rows: number): void {
    const before = this.rows.get(name);
    if (before !== undefined) this.rows.set(name, before + rows);
  }

  private async refresh(): Promise<void> {
    this.asking = true;
    this.asked = Date.now();
    const found = await this.ask([...this.rows.keys()]).catch(() => new Map<string, number>());
    for (const [name, rows] of found) this.rows.set(name, rows);
    this.asking = false;
  }
}
