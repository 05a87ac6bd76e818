import * as stowage from "@stowage/convex";
import { stowageFunctions } from "@stowage/convex/server";
import { MastraCompositeStore } from "@stowage/core";
import { fd } from "@stowage/testkit";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";
import { ConvexFront } from "./convex-front.ts";
import { deployment } from "./deployment.ts";

const { ConvexStore, MemoryConvex } = stowage;
const address = { deploymentUrl: "https://happy-animal-123.convex.cloud", adminAuthToken: "key" };

test("classes have the names by which they are imported", () => {
  for (const [name, value] of Object.entries(stowage)) {
    if (typeof value === "function" && /^[A-Z]/.test(name)) expect(value.name).toBe(name);
  }
  expect(new ConvexStore({ id: "main", ...address })).toBeInstanceOf(MastraCompositeStore);
  expect(new ConvexStore({ id: "main", ...address }).name).toBe("ConvexStore");
  expect(new ConvexStore({ id: "main", name: "mine", ...address }).name).toBe("mine");
});

test.each([
  [{}, "deploymentUrl is required"],
  [{ ...address, deploymentUrl: " " }, "deploymentUrl is required"],
  [{ ...address, deploymentUrl: "happy-animal-123" }, "deploymentUrl must begin with https://"],
  [{ deploymentUrl: address.deploymentUrl }, "adminAuthToken is required"],
  [{ ...address, adminAuthToken: "" }, "adminAuthToken is required"],
  [{ ...address, secret: "" }, "secret cannot be empty"],
  [{ ...address, storageFunction: "stowage/storage:read" }, "storageFunction must be the path of a module"],
  [{ ...address, tablePrefix: "a b" }, "tablePrefix must be made of"],
  [{ client: {} }, "client must have query and mutation"],
])("%j is refused", (options, message) => {
  expect(() => new ConvexStore({ id: "main", ...options } as never)).toThrow(message);
  expect(() => new MemoryConvex(options as never)).toThrow(message);
});

test("a secret that can be guessed is refused where the functions are made", () => {
  expect(() => stowageFunctions({ secret: "" })).toThrow("secret is too short");
  expect(() => stowageFunctions({ secret: "hunter2" })).toThrow("secret is too short");
});

test("an application's day over HTTP, then another process's", async () => {
  const front = new ConvexFront();
  await front.listen();
  const options = { deploymentUrl: front.url, adminAuthToken: front.key };
  const storage = new ConvexStore({ id: "day", ...options });
  expect(await applicationDay(storage)).toEqual(expectedDay);
  await storage.close();
  const memory = new MemoryConvex(options);
  expect(await memory.getThreadById({ threadId: "thread" })).toMatchObject({ resourceId: "ada" });
  await memory.close();
  await front.close();
});

fd("FD-004", "eight writers of one thread lose nothing and leave one order", async () => {
  const client = deployment();
  const memories = Array.from({ length: 8 }, () => new MemoryConvex({ client }));
  const [first] = memories;
  const now = new Date(0);
  await first?.saveThread({ thread: { id: "t", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now } });
  await Promise.all(
    memories.map(async (memory, n) => {
      for (let round = 0; round < 5; round++) {
        const message = (id: string) => ({
          id: `p${n}-${round}-${id}`,
          threadId: "t",
          resourceId: "r",
          role: "user" as const,
          createdAt: now,
          content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
        });
        await memory.saveMessages({ messages: [message("q"), message("a")] });
      }
    }),
  );
  const up = await first?.listMessages({ threadId: "t", perPage: false });
  const down = await first?.listMessages({ threadId: "t", perPage: false, orderBy: { direction: "DESC" } });
  const ids = up?.messages.map(({ id }) => id) ?? [];
  expect(ids).toHaveLength(80);
  expect(down?.messages.map(({ id }) => id)).toEqual([...ids].reverse());
  for (let n = 0; n < 8; n++) {
    const own = Array.from({ length: 5 }, (_, round) => [`p${n}-${round}-q`, `p${n}-${round}-a`]).flat();
    expect(ids.filter((id) => id.startsWith(`p${n}-`))).toEqual(own);
  }
  await Promise.all(memories.map((memory) => memory.close()));
});
