import { D1Store, MemoryStorageD1 } from "@stowage/cloudflare-d1";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";
import { onD1, singleClient } from "./harness.ts";

const database = onD1();

test("a client that has only query serves an application on all seven domains", async () => {
  const storage = new D1Store({ id: "single", ...singleClient(database, "single_") });
  expect(await applicationDay(storage)).toEqual(expectedDay);
  expect(storage.engine.capabilities).toMatchObject({ atomicity: "journal", compareAndSwap: true });
  expect(storage.bookmark).toBeUndefined();
  await storage.close();
});

test("a client that has batch too is as good as a binding, also for a domain that stands alone", async () => {
  const { client } = singleClient(database) as { client: never };
  const batch = async (statements: object[]) =>
    JSON.parse(await database().send("/query", JSON.stringify({ batch: statements })));
  const memory = new MemoryStorageD1({ client: { ...(client as object), batch } as never, tablePrefix: "batch_" });
  const now = new Date();
  const thread = { id: "t", resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now };
  await memory.saveThread({ thread });
  expect((await memory.getThreadById({ threadId: "t" }))?.id).toBe("t");
  await memory.close();
});
