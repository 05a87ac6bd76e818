import { expect, test } from "vitest";
import { evals, scores } from "./tables.ts";

test("adopted scores keep their order of insertion and their texts", () => {
  const row = { scorerId: "a\u001a", entityId: "b", runId: "c\0", entityType: null, traceId: null, spanId: "s" };
  expect(scores.adopt?.(row, 7)).toEqual({
    scorerId: "a\u001a001a",
    entityId: "b",
    runId: "c\u001a0000",
    entityType: null,
    traceId: null,
    spanId: "s",
    seq: 7,
  });
});

test("adopted evals get an id each, and test information", () => {
  const row = { agent_name: "a", run_id: "r", global_run_id: "g" };
  const adopted = [1, 2, 10].map((place) => evals.adopt?.({ ...row, id: null, test_info: null }, place));
  expect(adopted[0]).toEqual({ ...row, id: "adopted-000000000001", test_info: "{}" });
  const ids = adopted.map((one) => String(one?.id));
  expect([...ids].sort()).toEqual(ids);
  expect(evals.adopt?.({ ...row, id: "mine", test_info: '{"testPath":"p"}' }, 3)).toMatchObject({
    id: "mine",
    test_info: '{"testPath":"p"}',
  });
});
