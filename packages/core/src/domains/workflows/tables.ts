import { float, integer, json, text, timestamp } from "../../engine/column.ts";
import { decodeJson } from "../../engine/json.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { deletions } from "../shared/deletions.ts";
import { type DerivedColumns, derivedColumns } from "./derived.ts";
import { splitSnapshot } from "./split.ts";

/** How the parts of a run that have rows of their own are found and checked. `null` in a run: all of it is in the header. */
export interface RunLayout {
  /** Whether entries of the context are rows. Those that are no rows are in the header's `context`. */
  readonly split: boolean;
  /** The rows of this run that count; those of another generation are being prepared or are left over. */
  readonly generation: string;
  /** Number of rows. */
  readonly rows: number;
  /** The highest version among the rows; 0 when there is none. */
  readonly latest: number;
  /** Sum of their versions, modulo 2^52 (see `addVersion`). */
  readonly sum: number;
}

/**
 * Runs. `snapshot` is the state without its context and without the members that are rows of `stowage_workflow_steps`. `context`
 * is a short context whole, or what a longer one was when the first of its entries became a row: it stays as it is from then on,
 * so that a change writes what it changed, and rows stand in for its entries of the same name. `status` and `thread_id` are
 * derived from the whole run at every write, so that lists never look into a snapshot.
 */
export const runs = defineTable(
  "mastra_workflow_snapshot",
  {
    workflow_name: text(),
    run_id: text(),
    resourceId: text().nullable(),
    snapshot: json(),
    context: json().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
    status: text().nullable(),
    thread_id: text().nullable(),
    layout: json<RunLayout>().nullable(),
  },
  {
    key: ["workflow_name", "run_id"],
    paths: {
      byRun: { eq: ["run_id"], sort: ["createdAt", "workflow_name"] },
      byWorkflow: { eq: ["workflow_name"], sort: ["createdAt", "run_id"] },
      byWorkflowStatus: { eq: ["workflow_name", "status"], sort: ["createdAt", "run_id"] },
      byStatus: { eq: ["status"], sort: ["createdAt", "run_id"] },
      byResource: { eq: ["resourceId"], sort: ["createdAt", "run_id"] },
      byThread: { eq: ["thread_id"], sort: ["createdAt", "run_id"] },
      byCreation: { sort: ["createdAt", "run_id"] },
      byActivity: { sort: ["updatedAt"], onDemand: true },
    },
    adopt: ({ snapshot }) => deriveAdopted(snapshot as string | null),
  },
);

/** A run that another library wrote: all of it is in the snapshot, and only the derived columns are missing. */
function deriveAdopted(snapshot: string | null): Partial<DerivedColumns> {
  try {
    return derivedColumns(splitSnapshot(decodeJson(snapshot ?? "{}")));
  } catch {
    // No object: it is kept, and matches no status or thread.
    return {};
  }
}

/**
 * Parts of runs: entries of a context that is too large for the header, and other large members of a snapshot. A row is
 * never changed without the header's revision, and each change gives it a version above all others of the run.
 */
export const steps = defineTable(
  "stowage_workflow_steps",
  {
    workflow_name: text(),
    run_id: text(),
    generation: text(),
    /** `entry:` or `member:` and the name, reversibly escaped. */
    step_id: text(),
    version: integer(),
    /** Place among the entries of the context. */
    position: float(),
    content: json(),
  },
  {
    key: ["workflow_name", "run_id", "generation", "step_id"],
    // In key order, which the key itself serves: no index is written beside it.
    paths: { byRun: { eq: ["workflow_name", "run_id"] } },
  },
);

export const workflowsTables: readonly Table[] = [runs, steps, deletions];
