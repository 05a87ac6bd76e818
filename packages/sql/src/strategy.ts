import type { CallOptions, ConvergeReport, WriteOp, WriteResult } from "@stowage/core/engine";
import type { BatchConnection, BatchFailure, Statement, StatementResult } from "./connection.ts";
import type { TableMapping } from "./mapping.ts";
import type { IndexPlan } from "./naming.ts";
import type { Convergence } from "./schema/converge.ts";
import type { Guard } from "./write/guard.ts";
import type { BatchContext } from "./write/interactive.ts";

/** A batch of writes as statements that need no answer in between. */
export interface WritePlan {
  readonly statements: readonly Statement[];
  /** What became of each operation, from what became of each statement. */
  settle(results: readonly StatementResult[]): WriteResult[];
  /**
   * The refusal behind a failure of the batch, or the driver's error; `undefined` when the reason is gone by now, so that
   * the batch may be tried again. `read` looks into the database.
   */
  refusalOf(
    failure: BatchFailure,
    read: (statements: readonly Statement[]) => ReturnType<BatchConnection["read"]>,
  ): unknown;
}

/** Where a database has a way of its own. What is absent is done as for any database that takes batches of statements. */
export interface Strategy {
  /** How a batch fails. Default: a table that takes no row. */
  readonly guard?: Guard;
  /** `undefined` for a batch that is planned as for any other database. */
  readonly plan?: (ops: readonly WriteOp[], context: BatchContext) => WritePlan | undefined;
  /**
   * Joins small batches that come while others are under way; calls back when the present moment is over. Default: each batch
   * is a transaction of its own.
   */
  readonly joinWrites?: (flush: () => void) => void;
  readonly bulk?: (ops: readonly WriteOp[], context: BatchContext) => readonly Statement[];
  /**
   * Asks how large everything is that the engine may have: rows of the stored name of a table, its bytes, and its rows or
   * null. A row without a name is about the whole database. Default: that is not known.
   */
  readonly sizes?: Statement;
  readonly converge?: (task: Convergence) => Promise<ConvergeReport>;
  /** Makes an index unless it is there. */
  readonly onDemand?: (mapping: TableMapping, index: IndexPlan) => readonly Statement[];
  /** Runs those statements, where they are more than a batch. */
  readonly build?: (statements: readonly Statement[], options?: CallOptions) => Promise<void>;
}
