import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { ScoresStorage } from "./storage.ts";
import { scoresTables } from "./tables.ts";

/** The `scores` domain on any engine. */
export class ScoresStore extends ScoresStorage {
  static readonly tables: readonly Table[] = scoresTables;
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

defineOperations(ScoresStore, "scores");
