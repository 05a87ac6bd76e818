/** A row as the database gives it or takes it. */
type RawRow = Readonly<Record<string, unknown>>;

/** Longer texts are not worth their memory, in characters. */
const longest = 65_536;

/**
 * The record of a table that was read or written last, with the version of the table that held it. Versions never change, so
 * while the newest is that one there is nothing to read: the journal is looked at before and after everything else.
 */
export class LastRead {
  private version = -1;
  private key = "";
  private row: RawRow = {};

  /** The rows with that key in this version: `undefined` when that, or one of these columns, is not known. */
  at(version: number, key: string, columns: readonly string[]): readonly RawRow[] | undefined {
    if (version !== this.version || key !== this.key || !columns.every((name) => name in this.row)) return undefined;
    return [this.row];
  }

  note(version: number, key: string, row: RawRow): void {
    if (row === this.row || Object.values(row).some((value) => typeof value === "string" && value.length > longest))
      return;
    this.version = version;
    this.key = key;
    this.row = row;
  }
}
