import type { Put, Table, WriteOp } from "@stowage/core/engine";
import { expectationOf } from "../write/interactive.ts";

/** Puts that are one statement. */
export interface PutGroup {
  readonly kind: "insert" | "upsert";
  /** Columns that a stored row keeps. */
  readonly keep: readonly string[];
  readonly members: { readonly op: Put; readonly index: number }[];
}

/**
 * The puts of a batch that go together, by the place of their first one. A batch changes a record at most once, so it does not
 * matter in which order the changes of a table are made; but where values have to be unique, it says which operation is
 * refused, so there each goes by itself.
 */
export function groupPuts(ops: readonly WriteOp[]): Map<number, PutGroup> {
  if (ops.length < 2) return none;
  const groups = new Map<Table, Map<string, PutGroup>>();
  ops.forEach((op, index) => {
    const kind = kindOf(op);
    if (kind === undefined || op.table.unique.length > 0) return;
    const { keep = [] } = op as Put;
    const ofTable = groups.get(op.table) ?? new Map<string, PutGroup>();
    groups.set(op.table, ofTable);
    const shape = `${kind}/${keep.join()}`;
    const group = ofTable.get(shape) ?? { kind, keep, members: [] };
    ofTable.set(shape, group);
    group.members.push({ op: op as Put, index });
  });
  const all = [...groups.values()].flatMap((ofTable) => [...ofTable.values()]);
  return new Map(
    all.filter(({ members }) => members.length > 1).map((group) => [group.members[0]?.index as number, group]),
  );
}

const none: Map<number, PutGroup> = new Map();

function kindOf(op: WriteOp): PutGroup["kind"] | undefined {
  if (op.op !== "put") return undefined;
  const expected = expectationOf(op);
  if (expected === "absent") return "insert";
  return expected === undefined && op.mode === "upsert" ? "upsert" : undefined;
}
