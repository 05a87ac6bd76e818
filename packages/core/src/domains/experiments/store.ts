import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { ExperimentsStorage } from "./storage.ts";
import { experimentsTables } from "./tables.ts";

/** The `experiments` domain on any engine. */
export class ExperimentsStore extends ExperimentsStorage {
  static readonly tables: readonly Table[] = experimentsTables;
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

defineOperations(ExperimentsStore, "experiments");
