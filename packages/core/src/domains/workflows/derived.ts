import { toKeyText } from "../shared/key-text.ts";
import { inMemberOrder, member } from "./members.ts";
import type { SplitSnapshot } from "./split.ts";
import { threadOf } from "./thread-hint.ts";

/** What lists filter on: columns that follow from the whole snapshot. */
export interface DerivedColumns {
  readonly status: string | null;
  readonly thread_id: string | null;
}

export function derivedColumns(snapshot: SplitSnapshot): DerivedColumns {
  const status = statusOf(snapshot);
  const threadId = threadIdOf(snapshot);
  return {
    status: status === null ? null : toKeyText(status),
    thread_id: threadId === null ? null : toKeyText(threadId),
  };
}

export function statusOf({ members }: SplitSnapshot): string | null {
  const status = members.get("status")?.peek();
  return typeof status === "string" ? status : null;
}

/** The thread of the first entry that decides about it, else that of the input. */
function threadIdOf({ context }: SplitSnapshot): string | null {
  for (const [, { thread }] of inMemberOrder(context)) if (thread.decides) return thread.threadId;
  const input = context?.get("input");
  return input?.text.includes('"messageListState"') ? threadOf(member(input.peek(), "messageListState")) : null;
}
