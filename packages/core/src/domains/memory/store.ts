import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { MemoryStorage } from "./storage.ts";
import { memoryTables } from "./tables.ts";

/** The `memory` domain on any engine. */
export class MemoryStore extends MemoryStorage {
  static readonly tables: readonly Table[] = memoryTables;
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

defineOperations(MemoryStore, "memory");
