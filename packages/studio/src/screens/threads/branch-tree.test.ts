import { expect, test } from "vitest";
import { treeOf } from "./branch-tree.ts";

const thread = (id: string, sourceThreadId: string | null) => ({
  id,
  sourceThreadId,
  resourceId: "ada",
  createdAt: "",
  lastMessageId: null,
  isOrphan: false,
});

test("each thread stands before its copies, and one whose source is gone begins a tree", () => {
  const threads = [thread("a", null), thread("b", "a"), thread("c", "gone"), thread("d", "a"), thread("e", "b")];
  expect(treeOf(threads).map(({ thread, depth }) => `${depth} ${thread.id}`)).toEqual([
    "0 a",
    "1 b",
    "2 e",
    "1 d",
    "0 c",
  ]);
});

test("copies of one another have an end", () => {
  expect(treeOf([thread("a", "b"), thread("b", "a"), thread("c", null)]).map(({ thread }) => thread.id)).toEqual(["c"]);
});
