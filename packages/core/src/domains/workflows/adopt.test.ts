import { expect, test } from "vitest";
import { runs } from "./tables.ts";

const suspended = {
  status: "suspended",
  suspendPayload: { __streamState: { messageList: { memoryInfo: { threadId: "t" } } } },
};
const adopt = (snapshot: unknown) => runs.adopt?.({ snapshot: JSON.stringify(snapshot) }, 1);

test("a run of another library gets the columns that lists filter on", () => {
  const state = { status: "waiting", context: { a: suspended } };
  expect(adopt(state)).toEqual({ status: "waiting", thread_id: "t" });
  expect(adopt(JSON.stringify(state))).toEqual({ status: "waiting", thread_id: "t" });
  expect(adopt({ value: { currentState: 1 }, context: { stepResults: {} } })).toEqual({
    status: null,
    thread_id: null,
  });
  for (const strange of [null, 5, [], "text"]) expect(adopt(strange)).toEqual({});
  expect(runs.adopt?.({ snapshot: null }, 1)).toEqual({ status: null, thread_id: null });
});
