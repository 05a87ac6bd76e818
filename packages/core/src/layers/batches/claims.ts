import { text } from "../../engine/column.ts";
import { encodeTuple } from "../../engine/keys.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { packKey } from "../pack-key.ts";

/** Who holds the values of unique keys, for engines that have no such constraint of their own. */
export const claims = defineTable("stowage_claims", { id: text(), owner: text() }, { key: ["id"] });

type AnyRow = Readonly<Record<string, unknown>>;

/** A value of a unique key. */
export interface Claim {
  readonly id: string;
  readonly table: Table;
  readonly unique: string;
}

/** The claims that a row of this table makes; rows with a null in a unique key make none for it. */
export function claimsOf(table: Table, row: AnyRow | undefined): Claim[] {
  if (!row) return [];
  return table.unique.flatMap(({ name, columns }) => {
    const values = columns.map((column) => row[column] as never);
    if (values.includes(null as never)) return [];
    return [{ id: `${table.name}/${name}/${encodeTuple(values)}`, table, unique: name }];
  });
}

/** The form in which a claim names its owner. */
export const ownerOf = packKey;
