import { join } from "node:path";
import { RedisStore } from "@stowage/redis";
import { processSuite } from "@stowage/testkit";
import { expect, test } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

onRedis("processes", (server) => {
  processSuite({
    module: join(import.meta.dirname, "programs/storage.ts"),
    place: () => [server().connectionString, freshPrefix()],
    isUndisturbed: true,
    crashAndRestart: () => server().crashAndRestart(),
  });

  test("FD-018 a server that is killed and comes back: calls wait for it, and no write is applied twice", async () => {
    const keyPrefix = freshPrefix();
    const storage = new RedisStore({ id: "main", connectionString: server().connectionString, keyPrefix });
    const { memory } = storage.stores;
    if (!memory) throw new Error("a domain is missing");
    const now = new Date(0);
    await memory.saveThread({ thread: { id: "t", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now } });
    const content = { format: 2 as const, parts: [{ type: "text" as const, text: "x" }] };
    const save = (id: string) =>
      memory.saveMessages({
        messages: [{ id, threadId: "t", resourceId: "r", role: "user", createdAt: now, content }],
      });
    const saved: string[] = [];
    let isRunning = true;
    const writing = (async () => {
      for (let n = 0; isRunning; n++) {
        await save(`m${n}`);
        saved.push(`m${n}`);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server().crashAndRestart();
    await new Promise((resolve) => setTimeout(resolve, 300));
    isRunning = false;
    await writing;
    const { messages } = await memory.listMessages({ threadId: "t", perPage: false });
    expect(messages.map(({ id }) => id)).toEqual(saved);
    await storage.close();
  });
});
