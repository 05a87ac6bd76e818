import { member } from "./members.ts";

/** Whether an entry of a context decides which thread the run belongs to, and which that is. */
export interface ThreadHint {
  readonly decides: boolean;
  readonly threadId: string | null;
}

export const noThread: ThreadHint = { decides: false, threadId: null };

/** A suspended entry that kept the state of a stream decides, though that may name no thread. */
export function streamThread(entry: unknown): ThreadHint {
  const state = member(member(entry, "suspendPayload"), "__streamState");
  if (member(entry, "status") !== "suspended" || !state) return noThread;
  return { decides: true, threadId: threadOf(member(state, "messageList")) };
}

/** The thread that a message list names in its memory info. */
export function threadOf(messageList: unknown): string | null {
  const threadId = member(member(messageList, "memoryInfo"), "threadId");
  return typeof threadId === "string" ? threadId : null;
}
