import type { EngineValue } from "@stowage/core/engine";
import type { SqlValue } from "../connection.ts";
import type { MappedColumn } from "../mapped-column.ts";
import type { TableMapping } from "../mapping.ts";
import { composed, decompose } from "./float.ts";
import { collation, longName, type MssqlStorage } from "./storage.ts";

export const storageOf = (column: Pick<MappedColumn, "storage">): MssqlStorage => column.storage as MssqlStorage;

/** One member of the rows that travel as a JSON parameter. */
export interface Field {
  readonly name: string;
  readonly type: string;
}

/** The operation's place in the batch, and the revision given or expected. */
export const place: Field = { name: "i", type: "INT" };
export const given: Field = { name: "r", type: "BIGINT" };

/** Values of columns as members of a JSON object, and as T-SQL reads them again. */
export class RowShape {
  readonly fields: readonly Field[];
  private readonly columns: readonly MappedColumn[];

  constructor(columns: readonly MappedColumn[]) {
    this.columns = columns;
    this.fields = columns.flatMap((column, at) => {
      const { incoming, split, isFloat } = storageOf(column);
      const fields = [{ name: `c${at}`, type: incoming }];
      if (split) fields.push({ name: `l${at}`, type: "NVARCHAR(MAX)" });
      if (isFloat) fields.push({ name: `e${at}`, type: "INT" });
      return fields;
    });
  }

  /** Each physical column with the expression for its value in a row of `alias`. */
  assignments(quote: (name: string) => string, alias = "s"): { readonly column: string; readonly value: string }[] {
    return this.columns.flatMap((column, at) => {
      const { split } = storageOf(column);
      const main = { column: column.quoted, value: this.value(at, alias) };
      return split ? [main, { column: quote(longName(column.name)), value: `${alias}.[l${at}]` }] : [main];
    });
  }

  /** The physical columns of one of the columns. */
  columnsOf(name: string, quote: (name: string) => string): string[] {
    const column = this.columns.find((each) => each.name === name);
    return column ? [column.quoted, quote(longName(name))] : [];
  }

  /** The value of the column of that name, typed as it is. */
  valueOf(name: string): string {
    return this.value(this.columns.findIndex((column) => column.name === name));
  }

  /** The value at that place, typed as its column is. */
  value(at: number, alias = "s"): string {
    const { isFloat } = storageOf(this.columns[at] as MappedColumn);
    return isFloat ? composed(`${alias}.[c${at}]`, `${alias}.[e${at}]`) : `${alias}.[c${at}]`;
  }

  /** The condition that a row of `alias` is the record in `t`. The shape's first columns are then the table's key. */
  isKeyOf(mapping: TableMapping, alias = "s"): string {
    const parts = mapping.table.key.map((name, at) => {
      const column = mapping.column(name);
      return `t.${column.quoted} = ${this.value(at, alias)}${collated(column)}`;
    });
    return parts.join(" AND ");
  }

  /** Puts the values into a JSON object. A null is left out, and read as null. */
  put(row: Record<string, SqlValue>, values: readonly EngineValue[], mapping: TableMapping): void {
    this.columns.forEach((column, at) => {
      const value = values[at] ?? null;
      if (value === null) return;
      const { split, isFloat } = storageOf(column);
      const stored = mapping.stored(column, value);
      if (split) {
        const { short, long } = split(value);
        row[`c${at}`] = short;
        if (long !== null) row[`l${at}`] = long;
      } else if (isFloat) {
        const { mantissa, exponent } = decompose(value as number);
        row[`c${at}`] = mantissa;
        row[`e${at}`] = exponent;
      } else row[`c${at}`] = stored;
    });
  }
}

/** A comparison of strings names its collation, as the two sides have different ones otherwise. */
export const collated = (column: Pick<MappedColumn, "storage">): string =>
  storageOf(column).isText ? ` COLLATE ${collation}` : "";

/** The rows in a JSON array, as a FROM item. `json` is a parameter or a variable. */
export const openJson = (json: string, fields: readonly Field[], alias = "s"): string =>
  `OPENJSON(${json}) WITH (${fields.map(({ name, type }) => `[${name}] ${type} '$.${name}'`).join(", ")}) AS ${alias}`;
