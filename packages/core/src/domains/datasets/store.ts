import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { DatasetsStorage } from "./storage.ts";
import { datasetsTables } from "./tables.ts";

/** The `datasets` domain on any engine. */
export class DatasetsStore extends DatasetsStorage {
  static readonly tables: readonly Table[] = datasetsTables;
  readonly context: DomainContext;

  constructor(context: DomainContext) {
    super();
    this.context = context;
  }

  init(): Promise<void> {
    return this.context.init();
  }

  async dangerouslyClearAll(): Promise<void> {}
}

defineOperations(DatasetsStore, "datasets");
