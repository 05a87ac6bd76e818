import type { StoredRecord } from "../../api/records.ts";
import { addressOf } from "../../components/address.ts";

/** What ids in columns of these names are ids of. */
const kinds: Readonly<Record<string, string>> = {
  threadId: "thread",
  thread_id: "thread",
  resourceId: "resource",
  traceId: "trace",
  datasetId: "dataset",
  experimentId: "experiment",
  scorerId: "scorer",
  agentId: "agent",
};

/** The screen of the record that a column refers to, or `undefined`. */
export function referenceOf(column: string, { values }: StoredRecord): string | undefined {
  const value = values[column];
  if (typeof value !== "string" || value === "") return undefined;
  const workflowName = values.workflow_name ?? values.workflowName;
  if (column === "run_id" && typeof workflowName === "string") {
    return addressOf({ kind: "run", domain: "workflows", id: value, within: { workflowName } });
  }
  const kind = Object.hasOwn(kinds, column) ? kinds[column] : undefined;
  return kind && addressOf({ kind, domain: "", id: value });
}
