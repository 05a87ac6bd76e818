import type { AgentsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { withAtomicLimit } from "../wraps.ts";
import { agent, open, snapshot } from "./samples.ts";

export function versionsSuite(context: DomainContext): void {
  const withAgent = async (options?: Parameters<typeof open>[1]) => {
    const store = await open(context, options);
    await store.create({ agent: agent() });
    return store;
  };

  describe("versions of agents", () => {
    test("a version comes back as it was made, and leaves the record alone", async () => {
      const store = await withAgent();
      const record = await store.getById("agent");
      context.clock?.advance(1000);
      const version = await store.createVersion({
        ...snapshot(),
        id: "v2",
        agentId: "agent",
        versionNumber: 2,
        changedFields: ["name"],
        changeMessage: "",
      });
      expect(version).toEqual({
        ...snapshot(),
        id: "v2",
        agentId: "agent",
        versionNumber: 2,
        changedFields: ["name"],
        changeMessage: "",
        createdAt: context.clock ? new Date(context.clock.now()) : expect.any(Date),
      });
      expect(await store.getVersion("v2")).toEqual(version);
      expect(await store.getVersionByNumber("agent", 2)).toEqual(version);
      expect(await store.getLatestVersion("agent")).toEqual(version);
      expect(await store.getById("agent")).toEqual(record);
      const bare = await store.createVersion({ id: "v9", agentId: "agent", versionNumber: 9 });
      expect(bare).toStrictEqual({ id: "v9", agentId: "agent", versionNumber: 9, createdAt: bare.createdAt });
    });

    fd("FD-041", "a taken number and a taken id are refused with the words that callers search for", async () => {
      const store = await withAgent();
      await store.create({ agent: agent({ id: "other" }) });
      await store.createVersion({ id: "v2", agentId: "agent", versionNumber: 2, name: "first" });
      for (const input of [
        { id: "v3", agentId: "agent", versionNumber: 2 },
        { id: "v2", agentId: "agent", versionNumber: 3 },
        { id: "v2", agentId: "other", versionNumber: 2 },
        { id: "v2", agentId: "agent" },
      ]) {
        const error = await store.createVersion(input).catch((reason: Error) => reason);
        expect(error).toMatchObject({
          id: "AGENT_VERSION_CONFLICT",
          category: "USER",
          details: { status: 409, agentId: input.agentId },
        });
        expect((error as Error).message).toMatch(/unique constraint/);
        expect((error as Error).message).toMatch(/versionNumber/);
      }
      expect(await store.getVersion("v2")).toMatchObject({ agentId: "agent", versionNumber: 2, name: "first" });
      expect(await store.countVersions("agent")).toBe(2);
    });

    test("a version needs its agent", async () => {
      const store = await open(context);
      for (const agentId of ["nobody", "", "a\0"]) {
        for (const versionNumber of [1, undefined]) {
          const input = { id: "v", agentId, ...(versionNumber && { versionNumber }) };
          await expect(store.createVersion(input)).rejects.toMatchObject({
            id: "AGENT_NOT_FOUND",
            details: { status: 404 },
          });
        }
      }
      expect(await store.getVersion("v")).toBeNull();
    });

    test("bad arguments are refused", async () => {
      const store = await withAgent();
      const good = { id: "v", agentId: "agent", versionNumber: 2 };
      for (const change of [
        { id: "" },
        { id: {} },
        { id: "a\0" },
        { versionNumber: 0 },
        { versionNumber: 1.5 },
        { versionNumber: "2" },
        { versionNumber: -1 },
        { agentId: {} },
        { changedFields: "x" },
        { changeMessage: 5 },
      ]) {
        await expect(
          store.createVersion({ ...good, ...change } as never),
          JSON.stringify(change),
        ).rejects.toMatchObject({ category: "USER" });
      }
      expect(await store.countVersions("agent")).toBe(1);
    });

    test("gaps are legal, and the number of a deleted version may be used again", async () => {
      const store = await withAgent();
      await store.createVersion({ id: "v7", agentId: "agent", versionNumber: 7 });
      expect(await store.createVersion({ agentId: "agent" })).toMatchObject({ versionNumber: 8 });
      expect(await store.createVersion({ id: "v3", agentId: "agent", versionNumber: 3 })).toMatchObject({
        versionNumber: 3,
      });
      const latest = await store.getLatestVersion("agent");
      await store.deleteVersion(latest?.id as string);
      await store.deleteVersion("unknown");
      await store.deleteVersion("");
      expect(await store.createVersion({ agentId: "agent" })).toMatchObject({ versionNumber: 8 });
      await store.deleteVersionsByParentId("agent");
      expect(await store.createVersion({ agentId: "agent" })).toMatchObject({ versionNumber: 1 });
    });

    test("without a number all of many callers succeed, each with its own", async () => {
      const storage = await context.open();
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const other = isApart ? await context.reopen(storage) : storage;
      const stores = await Promise.all([storage, other].map((one) => one.getStore("agents") as Promise<AgentsStorage>));
      await stores[0]?.create({ agent: agent() });
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, n) => stores[n % 2]?.createVersion({ agentId: "agent", name: `${n}` })),
      );
      expect(made.map((version) => version?.versionNumber).sort((a = 0, b = 0) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 2),
      );
      expect(new Set(made.map((version) => version?.id)).size).toBe(20);
      expect(await stores[1]?.countVersions("agent")).toBe(21);
    });

    test("with a number one caller wins each", async () => {
      const store = await withAgent();
      const race = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) => store.createVersion({ agentId: "agent", versionNumber: 2 + (n % 3) })),
      );
      expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
      for (const one of race) if (one.status === "rejected") expect(one.reason.id).toBe("AGENT_VERSION_CONFLICT");
      expect(await store.countVersions("agent")).toBe(4);
    });

    test("several versions by id", async () => {
      const store = await withAgent();
      for (let n = 2; n < 6; n++) await store.createVersion({ id: `v${n}`, agentId: "agent", versionNumber: n });
      const found = await store.getVersions(["v4", "unknown", "v2", "", "v4", "a\0"]);
      expect(found.map(({ id }) => id).sort()).toEqual(["v2", "v4"]);
      expect(await store.getVersions([])).toEqual([]);
      await expect(store.getVersions([{} as never])).rejects.toMatchObject({ category: "USER" });
      await expect(store.getVersions("v2" as never)).rejects.toMatchObject({ category: "USER" });
    });

    test("what is not there is null, or nothing", async () => {
      const store = await withAgent();
      expect(await store.getVersion("unknown")).toBeNull();
      expect(await store.getVersionByNumber("agent", 2)).toBeNull();
      expect(await store.getVersionByNumber("agent", 1.5)).toBeNull();
      expect(await store.getVersionByNumber("nobody", 1)).toBeNull();
      expect(await store.getLatestVersion("nobody")).toBeNull();
      expect(await store.countVersions("nobody")).toBe(0);
      expect(await store.listVersions({ agentId: "nobody" })).toEqual({
        versions: [],
        total: 0,
        page: 0,
        perPage: 20,
        hasMore: false,
      });
      await store.deleteVersionsByParentId("nobody");
      for (const value of [{}, ["agent"], 5]) {
        await expect(store.getLatestVersion(value as never)).rejects.toMatchObject({ category: "USER" });
        await expect(store.getVersion(value as never)).rejects.toMatchObject({ category: "USER" });
      }
    });

    test("lists: order, pages, defaults", async () => {
      const store = await withAgent();
      for (const n of [5, 2, 9, 3, 7]) {
        if (n !== 9) context.clock?.advance(1000);
        await store.createVersion({ id: `v${n}`, agentId: "agent", versionNumber: n });
      }
      const numbers = async (orderBy?: object) =>
        (await store.listVersions({ agentId: "agent", ...(orderBy && { orderBy }) })).versions.map(
          ({ versionNumber }) => versionNumber,
        );
      expect(await numbers()).toEqual([9, 7, 5, 3, 2, 1]);
      expect(await numbers({ direction: "ASC" })).toEqual([1, 2, 3, 5, 7, 9]);
      expect(await numbers({ field: "bad", direction: "asc" })).toEqual([9, 7, 5, 3, 2, 1]);
      if (context.clock) {
        expect(await numbers({ field: "createdAt" })).toEqual([7, 3, 9, 2, 5, 1]);
        expect(await numbers({ field: "createdAt", direction: "ASC" })).toEqual([1, 5, 2, 9, 3, 7]);
      }
      expect(await store.listVersions({ agentId: "agent", page: 1, perPage: 4 })).toMatchObject({
        versions: [{ versionNumber: 2 }, { versionNumber: 1 }],
        total: 6,
        page: 1,
        perPage: 4,
        hasMore: false,
      });
      expect(await store.listVersions({ agentId: "agent", page: 0, perPage: 4 })).toMatchObject({ hasMore: true });
      expect(await store.listVersions({ agentId: "agent", perPage: 0 })).toEqual({
        versions: [],
        total: 6,
        page: 0,
        perPage: 0,
        hasMore: false,
      });
      expect(await store.listVersions({ agentId: "agent", page: 3, perPage: false })).toMatchObject({
        total: 6,
        page: 3,
        perPage: false,
        hasMore: false,
      });
      expect(await store.listVersions({ agentId: "agent", page: 9 })).toMatchObject({ versions: [], total: 6 });
      await expect(store.listVersions({ agentId: "nobody", page: -1 })).rejects.toThrow("page must be >= 0");
      await expect(store.listVersions({ agentId: "agent", perPage: 0.5 })).rejects.toThrow("perPage must be >= 0");
    });

    test("many versions go at one point, and the agent stays", async () => {
      const store = await withAgent({ wrap: withAtomicLimit(24) });
      for (let n = 0; n < 60; n++) await store.createVersion({ agentId: "agent" });
      const sizes = new Set<number>();
      let isDeleting = true;
      const deleting = store.deleteVersionsByParentId("agent").finally(() => {
        isDeleting = false;
      });
      while (isDeleting) sizes.add((await store.listVersions({ agentId: "agent", perPage: false })).versions.length);
      await deleting;
      for (const size of sizes) expect([0, 61]).toContain(size);
      expect(await store.getById("agent")).not.toBeNull();
      expect(await store.countVersions("agent")).toBe(0);
    });
  });
}
