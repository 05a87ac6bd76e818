import {
  calculateTtl,
  cloudFormationTemplate,
  DynamoDBStore,
  getTtlAttributeName,
  getTtlProps,
  isTtlEnabled,
  MemoryStorageDynamoDB,
  type TtlConfig,
  tableDefinition,
} from "@stowage/dynamodb";
import { describe, expect, test, vi } from "vitest";
import { freshTable } from "./harness.ts";
import { onDynamo } from "./server.ts";

describe("configuration", () => {
  const make = (options: object) => () => new DynamoDBStore({ id: "x", ...options } as never);

  test("mistakes are told by name", () => {
    expect(make({})).toThrow("DynamoDBStore: tableName must be provided and cannot be empty");
    expect(make({ tableName: "  " })).toThrow("tableName must be provided");
    expect(make({ tableName: "a b c" })).toThrow("invalid characters");
    expect(make({ tableName: "ab" })).toThrow("invalid characters or length");
    expect(make({ tableName: "agents", client: {} })).toThrow("client must be a DynamoDBDocumentClient");
    expect(() => new DynamoDBStore({ tableName: "agents" } as never)).toThrow(
      "DynamoDBStore: id must be provided and cannot be empty.",
    );
    expect(() => new MemoryStorageDynamoDB({ tableName: "" })).toThrow("tableName must be provided");
  });

  test("the target and the id may stand in config", () => {
    const named = new DynamoDBStore({ name: "n", config: { id: "agents", tableName: "agents" } });
    expect(named).toMatchObject({ id: "agents", name: "n" });
    expect(new DynamoDBStore({ id: "own", config: { id: "other", tableName: "agents" } } as never).id).toBe("own");
    expect(new DynamoDBStore({ id: "plain", tableName: "agents" }).id).toBe("plain");
  });

  test("the table by its definition and as a template", () => {
    expect(tableDefinition("agents")).toMatchObject({ TableName: "agents", BillingMode: "PAY_PER_REQUEST" });
    const { Properties } = JSON.parse(cloudFormationTemplate("agents", { ttlAttribute: "ttl" })).Resources.StowageTable;
    expect(Properties).toMatchObject({
      ...tableDefinition("agents"),
      TimeToLiveSpecification: { AttributeName: "ttl" },
    });
    expect(cloudFormationTemplate("agents")).not.toContain("TimeToLive");
  });
});

describe("expiry", () => {
  const config: TtlConfig = {
    message: { enabled: true, defaultTtlSeconds: 60, attributeName: "expires" },
    thread: { enabled: false, defaultTtlSeconds: 60 },
    score: { enabled: true },
  };

  test("is a time in whole seconds for kinds that expire", () => {
    const now = Math.floor(Date.now() / 1000);
    expect(calculateTtl("message", config)).toBeGreaterThanOrEqual(now + 60);
    expect(calculateTtl("message", config, 5)).toBeLessThan(now + 60);
    expect(getTtlProps("message", config)).toEqual({ expires: expect.any(Number) });
    for (const kind of ["thread", "score", "trace"] as const) expect(getTtlProps(kind, config)).toEqual({});
    expect([isTtlEnabled("message", config), isTtlEnabled("thread", config)]).toEqual([true, false]);
    expect([getTtlAttributeName("message", config), getTtlAttributeName("trace", undefined)]).toEqual([
      "expires",
      "ttl",
    ]);
  });

  onDynamo("on DynamoDB", (server) => {
    test("what has expired is gone for every reader, and its id is free", async () => {
      const ttl = { thread: { enabled: true, defaultTtlSeconds: 600 } };
      const storage = new DynamoDBStore({ id: "expiry", ...freshTable(server().endpoint), ttl });
      const memory = await storage.getStore("memory");
      const now = new Date();
      const thread = { id: "t", resourceId: "r", title: "first", createdAt: now, updatedAt: now };
      await memory?.saveThread({ thread });
      expect((await memory?.listThreads({ filter: { resourceId: "r" } }))?.total).toBe(1);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_200_000 });
      expect(await memory?.getThreadById({ threadId: "t" })).toBeNull();
      expect(await memory?.listThreads({ filter: { resourceId: "r" } })).toMatchObject({ threads: [], total: 0 });
      await memory?.saveThread({ thread: { ...thread, title: "second" } });
      expect(await memory?.getThreadById({ threadId: "t" })).toMatchObject({ title: "second" });
      vi.useRealTimers();
      await storage.close();
    });

    test("a record that is written again lives on in every list", async () => {
      const ttl = { thread: { enabled: true, defaultTtlSeconds: 600 } };
      const storage = new DynamoDBStore({ id: "renewal", ...freshTable(server().endpoint), ttl });
      const memory = await storage.getStore("memory");
      const now = new Date();
      await memory?.saveThread({ thread: { id: "t", resourceId: "r", title: "", createdAt: now, updatedAt: now } });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 400_000 });
      await memory?.updateThread({ id: "t", title: "again", metadata: {} });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 400_000 });
      for (const field of ["createdAt", "updatedAt"] as const) {
        const list = await memory?.listThreads({ filter: { resourceId: "r" }, orderBy: { field, direction: "ASC" } });
        expect(list).toMatchObject({ threads: [{ title: "again" }], total: 1 });
      }
      vi.useRealTimers();
      await storage.close();
    });

    test("a missing table is an error that says what to do, and one with other keys is refused", async () => {
      const { createTable: _, ...options } = freshTable(server().endpoint);
      const storage = new DynamoDBStore({ id: "missing", ...options });
      await expect(storage.init()).rejects.toMatchObject({ code: "not_initialised" });
      await storage.close();
    });
  });
});
