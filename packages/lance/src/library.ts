import { createRequire } from "node:module";
import type * as LanceDb from "@lancedb/lancedb";
import type * as Arrow from "apache-arrow";
import { cannotOpen } from "./errors.ts";
import { keyColumn, type PhysicalColumn, type TableMapping } from "./mapping.ts";

/** What a field says of itself. */
export const kindField = "stowage:kind";
/** The number of the table's format, on the field of the key. */
export const formatField = "stowage:format";

type Stored = Readonly<Record<string, string | number | null>>;

/** The two libraries, loaded at first use. */
export class Library {
  private readonly lance: typeof LanceDb;
  private readonly arrow: typeof Arrow;

  private constructor(lance: typeof LanceDb, arrow: typeof Arrow) {
    this.lance = lance;
    this.arrow = arrow;
  }

  static async load(): Promise<Library> {
    const lance = await import("@lancedb/lancedb");
    // The copy that LanceDB itself has: it knows the types of no other, and Node keeps one for `import` besides.
    const arrow = createRequire(import.meta.url)("apache-arrow") as typeof Arrow;
    return new Library(lance, arrow);
  }

  async connect(uri: string, options: Partial<LanceDb.ConnectionOptions>): Promise<LanceDb.Connection> {
    try {
      // A handle always shows what others have committed.
      return await this.lance.connect(uri, { ...options, readConsistencyInterval: 0 });
    } catch (error) {
      throw cannotOpen(error);
    }
  }

  scalarIndex(): Partial<LanceDb.IndexOptions> {
    return { config: this.lance.Index.btree() };
  }

  schema(mapping: TableMapping): Arrow.Schema {
    return new this.arrow.Schema(mapping.columns.map((column) => this.field(column, mapping)));
  }

  field({ name, arrow, kind }: PhysicalColumn, mapping: TableMapping): Arrow.Field {
    const facts = new Map([[kindField, kind]]);
    const isKey = name === keyColumn;
    if (isKey) {
      // Tells writers who meet that rows with one key are one row.
      facts.set("lance-schema:unenforced-primary-key", "true");
      facts.set(formatField, String(mapping.table.format));
    }
    const { Field, Float64, LargeUtf8, Utf8 } = this.arrow;
    const type = arrow === "number" ? new Float64() : kind === "json" || kind === "text" ? new LargeUtf8() : new Utf8();
    return new Field(name, type, !isKey && kind !== "revision", facts);
  }

  /** Rows as the table takes them. */
  rows(mapping: TableMapping, rows: readonly Stored[]): LanceDb.Data {
    return this.lance.makeArrowTable(rows as Record<string, unknown>[], { schema: this.schema(mapping) });
  }
}
