import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { ObservabilityStorage } from "./storage.ts";
import { observabilityTables } from "./tables.ts";

/** The `observability` domain on any engine. */
export class ObservabilityStore extends ObservabilityStorage {
  static readonly tables: readonly Table[] = observabilityTables;
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

defineOperations(ObservabilityStore, "observability");
