import { PGlite } from "@electric-sql/pglite";
import { PostgresStore } from "@stowage/pg";
import { expect, test } from "vitest";

test("a store works on an injected PGlite and leaves it open", async () => {
  const database = new PGlite();
  const storage = new PostgresStore({ id: "s", client: database, schemaName: "agents" });
  const { memory, workflows, observability } = storage.stores;
  const now = new Date();
  await memory?.saveThread({
    thread: { id: "t", resourceId: "r", title: "a\0b", metadata: {}, createdAt: now, updatedAt: now },
  });
  const message = (id: string) => ({
    ...{ id, threadId: "t", resourceId: "r", role: "user" as const, createdAt: now },
    content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
  });
  await Promise.all(["a", "b", "c"].map((id) => memory?.saveMessages({ messages: [message(id), message(`${id}2`)] })));
  await expect(memory?.saveMessages({ messages: [{ ...message("d"), threadId: "nowhere" }] })).rejects.toThrow();
  expect((await memory?.getThreadById({ threadId: "t" }))?.title).toBe("a\0b");
  expect((await memory?.listMessages({ threadId: "t", perPage: false }))?.messages).toHaveLength(6);
  await Promise.all(
    [1, 2, 3].map((n) =>
      workflows?.updateWorkflowResults({
        ...{ workflowName: "w", runId: "r", stepId: `s${n}`, requestContext: {} },
        result: { status: "success", output: n, payload: {}, startedAt: 1, endedAt: 2 },
      }),
    ),
  );
  const run = await workflows?.loadWorkflowSnapshot({ workflowName: "w", runId: "r" });
  expect(Object.keys(run?.context ?? {}).filter((key) => key !== "input")).toHaveLength(3);
  const span = {
    traceId: "t",
    parentSpanId: null,
    name: "n",
    spanType: "generic" as const,
    isEvent: false,
    startedAt: now,
  };
  const input = "the same question again and again, as a loop asks it; ".repeat(100);
  for (const spanId of ["a", "b"]) await observability?.createSpan({ span: { ...span, spanId, endedAt: now, input } });
  const trace = await observability?.getTrace({ traceId: "t" });
  expect(trace?.spans.map((stored) => stored.input)).toEqual([input, input]);
  await storage.close();
  expect((await database.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  await database.close();
});
