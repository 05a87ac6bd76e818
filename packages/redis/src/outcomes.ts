import { ConflictError, describeKey, keyOfOp, type Refusal, type WriteResult } from "@stowage/core/engine";
import { type KvWrite, LayoutChanged } from "@stowage/kv";

/**
 * What the write script said of a batch.
 *
 * @throws ConflictError when it was refused, LayoutChanged when a layout is out of date.
 */
export function readOutcomes(batch: readonly KvWrite[], reply: unknown): WriteResult[] {
  const words = String(reply).split(" ");
  if (words[0] === "layout") throw new LayoutChanged();
  if (words[0] === "refused") throw refusalOf(batch, words);
  return words.slice(1).map((word) => {
    const [outcome, rev] = word.split(":");
    return { outcome: outcome as WriteResult["outcome"], rev: Number(rev) };
  });
}

function refusalOf(batch: readonly KvWrite[], [, at, reason, name]: readonly string[]): ConflictError {
  const index = Number(at);
  const { op, layout } = batch[index] as KvWrite;
  const unique = layout.unique.find((candidate) => candidate.name === name)?.declared ?? name;
  return new ConflictError({
    index,
    table: op.table.name,
    key: describeKey(keyOfOp(op)),
    reason: reason as Refusal["reason"],
    ...(reason === "unique" && unique !== undefined && { unique }),
  });
}
