import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { WorkflowsStorage } from "./storage.ts";
import { workflowsTables } from "./tables.ts";

/** The `workflows` domain on any engine. */
export class WorkflowsStore extends WorkflowsStorage {
  static readonly tables: readonly Table[] = workflowsTables;
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

defineOperations(WorkflowsStore, "workflows");
