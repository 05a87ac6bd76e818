import { StorageError } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import type { Catalog, CatalogTable } from "./catalog.ts";

export function adoptTable(mapping: TableMapping, _found: CatalogTable, _catalog: Catalog): string[] {
  throw new StorageError("tables of another library cannot be taken over yet", {
    code: "unsupported",
    details: { table: mapping.names.table },
  });
}
