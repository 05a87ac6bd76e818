import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import { AgentsStorage } from "./storage.ts";
import { agentsTables } from "./tables.ts";

/** The `agents` domain on any engine. */
export class AgentsStore extends AgentsStorage {
  static readonly tables: readonly Table[] = agentsTables;
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

defineOperations(AgentsStore, "agents");
