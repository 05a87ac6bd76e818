import type { AgentsStorage, MemoryStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { awkwardKeys, awkwardTexts } from "../../awkward.ts";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { failingWrite, slowly, watching, withAtomicLimit } from "../wraps.ts";
import { agent, open, snapshot } from "./samples.ts";

export function recordsSuite(context: DomainContext): void {
  const now = () => (context.clock ? new Date(context.clock.now()) : expect.any(Date));

  describe("agents", () => {
    test("create makes a thin draft and version 1 with the configuration", async () => {
      const store = await open(context);
      const record = await store.create({
        agent: { ...snapshot(), id: "a", authorId: "me", metadata: { team: { n: 1 } } },
      });
      expect(record).toEqual({
        id: "a",
        status: "draft",
        authorId: "me",
        visibility: "private",
        metadata: { team: { n: 1 } },
        favoriteCount: 0,
        createdAt: now(),
        updatedAt: now(),
      });
      expect(await store.getById("a")).toEqual(record);
      const { versions } = await store.listVersions({ agentId: "a" });
      expect(versions).toEqual([
        {
          ...snapshot(),
          id: expect.any(String),
          agentId: "a",
          versionNumber: 1,
          changedFields: expect.any(Array),
          changeMessage: "Initial version",
          createdAt: record.createdAt,
        },
      ]);
      expect(new Set(versions[0]?.changedFields)).toEqual(new Set(Object.keys(snapshot())));
    });

    test("optional properties: unset ones are absent, and null means unset", async () => {
      const store = await open(context);
      const record = await store.create({
        agent: { id: "a", authorId: null, visibility: null, metadata: null } as never,
      });
      expect(record).toStrictEqual({
        id: "a",
        status: "draft",
        favoriteCount: 0,
        createdAt: record.createdAt,
        updatedAt: record.createdAt,
      });
      expect(await store.getById("a")).toStrictEqual(record);
      expect(await store.create({ agent: { id: "b", authorId: "me", visibility: "public" } })).toMatchObject({
        visibility: "public",
      });
      expect(await store.create({ agent: { id: "c", visibility: "of a later release" } })).toMatchObject({
        visibility: "of a later release",
      });
    });

    test("an empty configuration is accepted, and fields without a value are none", async () => {
      const store = await open(context);
      await store.create({
        agent: { id: "a", name: undefined, instructions: null, tools: undefined, model: () => 1 } as never,
      });
      const version = await store.getLatestVersion("a");
      expect(version).toStrictEqual({
        id: version?.id,
        agentId: "a",
        versionNumber: 1,
        changedFields: [],
        changeMessage: "Initial version",
        createdAt: version?.createdAt,
      });
    });

    fd("FD-068", "any value in any field comes back as it was, unknown fields too", async () => {
      const store = await open(context);
      const values = ["", "[1]", "null", '{"a":1}', "10.5", 0, false, [], {}, [null, [], {}], "\0\ud800"];
      for (const [n, value] of values.entries()) {
        const fields = Object.fromEntries(Object.keys(snapshot()).map((name) => [name, value]));
        const more = { ...fields, later: value, "a.b": value, $x: value, constructor: value };
        Object.defineProperty(more, "__proto__", { value, enumerable: true, writable: true, configurable: true });
        await store.create({ agent: { ...more, id: `a${n}` } as never });
        const { id, agentId, versionNumber, changedFields, changeMessage, createdAt, ...back } =
          (await store.getLatestVersion(`a${n}`)) ?? ({} as never);
        expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(more)));
        expect(changedFields).toContain("later");
      }
      expect((await store.listResolved()).total).toBe(values.length);
    });

    test("names of record, version and view never enter a configuration", async () => {
      const store = await open(context);
      const reserved = {
        status: "archived",
        activeVersionId: "v",
        favoriteCount: 9,
        createdAt: new Date(1),
        updatedAt: new Date(1),
        agentId: "x",
        versionNumber: 9,
        changedFields: ["x"],
        changeMessage: "x",
        resolvedVersionId: "x",
      };
      const record = await store.create({ agent: { ...agent(), ...reserved } as never });
      expect(record).toMatchObject({ status: "draft", favoriteCount: 0, createdAt: now() });
      expect(record).not.toHaveProperty("activeVersionId");
      expect(await store.getLatestVersion("agent")).toMatchObject({
        versionNumber: 1,
        changeMessage: "Initial version",
        changedFields: ["name", "instructions", "model"],
      });
      expect(await store.getByIdResolved("agent")).toMatchObject({ status: "draft", createdAt: now() });
    });

    fd("FD-031", "a taken id is refused and the agent that is there stays untouched", async () => {
      const store = await open(context);
      await store.create({ agent: agent({ metadata: { mine: true } }) });
      await store.createVersion({ ...agent({ name: "2" }), id: "v2", agentId: "agent", versionNumber: 2 });
      const before = [await store.getById("agent"), await store.listVersions({ agentId: "agent" })];
      await expect(store.create({ agent: agent({ name: "thief" }) })).rejects.toMatchObject({
        id: "AGENT_ALREADY_EXISTS",
        code: "already_exists",
        category: "USER",
        message: expect.stringMatching(/agent.*already exists/),
        details: { status: 409, domain: "agents", operation: "create" },
      });
      expect([await store.getById("agent"), await store.listVersions({ agentId: "agent" })]).toEqual(before);
      const race = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) => store.create({ agent: agent({ id: "race", name: `${n}` }) })),
      );
      expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const one of race) if (one.status === "rejected") expect(one.reason.id).toBe("AGENT_ALREADY_EXISTS");
      expect(await store.countVersions("race")).toBe(1);
    });

    test("bad arguments are refused, and nothing is written", async () => {
      const store = await open(context);
      for (const change of [
        { id: "" },
        { id: undefined },
        { id: { $ne: "" } },
        { id: 5 },
        { id: "a\0" },
        { authorId: {} },
        { authorId: "a\ud800" },
        { metadata: "x" },
        { metadata: [] },
        { visibility: 5 },
      ]) {
        await expect(
          store.create({ agent: { ...agent(), ...change } as never }),
          JSON.stringify(change),
        ).rejects.toMatchObject({
          category: "USER",
          details: { status: 400 },
        });
      }
      expect((await store.list()).total).toBe(0);
    });

    test("any id and any text", async () => {
      const store = await open(context);
      for (const id of awkwardKeys) if (id) await store.create({ agent: agent({ id, authorId: id, name: id }) });
      for (const id of awkwardKeys) {
        if (!id) continue;
        expect(await store.getById(id)).toMatchObject({ id, authorId: id });
        expect((await store.list({ authorId: id })).agents.map((one) => one.id)).toEqual([id]);
        expect(await store.getLatestVersion(id)).toMatchObject({ agentId: id, name: id });
      }
      for (const text of awkwardTexts) {
        const { metadata } = await store.update({ id: "a", metadata: { text, [text.slice(0, 30)]: 1 } });
        expect(metadata).toMatchObject({ text });
      }
      for (const id of ["", "unknown", "a\0", "\ud800", undefined, null])
        expect(await store.getById(id as never)).toBeNull();
      await expect(store.getById({} as never)).rejects.toMatchObject({ category: "USER" });
    });

    test("update changes what is given, and updatedAt in any case", async () => {
      const store = await open(context);
      const first = await store.create({ agent: agent({ authorId: "me", metadata: { a: 1 } }) });
      const second = await store.update({ id: "agent" });
      expect(second).toEqual({ ...first, updatedAt: second.updatedAt });
      expect(second.updatedAt.getTime()).toBeGreaterThan(first.updatedAt.getTime());
      context.clock?.advance(1000);
      const third = await store.update({
        id: "agent",
        status: "published",
        activeVersionId: "nowhere",
        authorId: "you",
        visibility: undefined,
      });
      expect(third).toEqual({
        ...first,
        status: "published",
        activeVersionId: "nowhere",
        authorId: "you",
        updatedAt: third.updatedAt,
      });
      if (context.clock) expect(third.updatedAt).toEqual(now());
      expect(await store.update({ id: "agent", status: "archived" })).toMatchObject({
        status: "archived",
        activeVersionId: "nowhere",
      });
      const cleared = await store.update({ id: "agent", activeVersionId: null, authorId: null, visibility: null });
      expect(cleared).toMatchObject({ status: "archived" });
      for (const name of ["activeVersionId", "authorId", "visibility"]) expect(cleared).not.toHaveProperty(name);
      expect(await store.getById("agent")).toEqual(cleared);
      expect(await store.update({ id: "agent", status: "of a later release" })).toMatchObject({
        status: "of a later release",
      });
    });

    test("update ignores the configuration", async () => {
      const store = await open(context);
      await store.create({ agent: agent() });
      const before = await store.listVersions({ agentId: "agent" });
      const record = await store.update({ ...snapshot(), id: "agent", unknown: 1 } as never);
      expect(record).not.toHaveProperty("name");
      expect(await store.listVersions({ agentId: "agent" })).toEqual(before);
    });

    test("an active version must not be another agent's", async () => {
      const store = await open(context);
      await store.create({ agent: agent() });
      await store.create({ agent: agent({ id: "other" }) });
      const [mine, foreign] = [await store.getLatestVersion("agent"), await store.getLatestVersion("other")];
      await expect(
        store.update({ id: "agent", activeVersionId: foreign?.id as string, status: "published" }),
      ).rejects.toMatchObject({
        category: "USER",
        details: { status: 400 },
      });
      expect(await store.getById("agent")).toMatchObject({ status: "draft" });
      expect(await store.update({ id: "agent", activeVersionId: mine?.id as string })).toMatchObject({
        activeVersionId: mine?.id,
      });
    });

    test("update of a missing agent", async () => {
      const store = await open(context);
      for (const id of ["nobody", "", "a\0"]) {
        await expect(store.update({ id, status: "published" })).rejects.toMatchObject({
          id: "AGENT_NOT_FOUND",
          category: "USER",
          message: expect.stringContaining("not found"),
          details: { status: 404, domain: "agents", operation: "update" },
        });
      }
      await expect(store.update({ id: "nobody" })).rejects.toThrow("nobody");
    });

    fd("FD-004", "metadata is merged, and parallel updates of different keys all survive", async () => {
      const storage = await context.open();
      const store = (await storage.getStore("agents")) as AgentsStorage;
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const other = isApart ? ((await (await context.reopen(storage)).getStore("agents")) as AgentsStorage) : store;
      await store.create({ agent: agent({ metadata: { keep: { a: 1 }, gone: 1, over: 1 } }) });
      const given = { over: [null], none: null, gone: undefined, "a.b": 1, $set: {} };
      const { metadata } = await store.update({ id: "agent", metadata: given });
      expect(metadata).toStrictEqual({ keep: { a: 1 }, over: [null], none: null, "a.b": 1, $set: {} });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? store : other).update({ id: "agent", metadata: { [`k${n}`]: n } }),
        ),
      );
      expect(Object.keys((await store.getById("agent"))?.metadata ?? {})).toHaveLength(25);
      expect((await store.update({ id: "agent", metadata: null as never })).metadata).toHaveProperty("keep");
    });

    test("nothing is shared with the store", async () => {
      const store = await open(context);
      const list = [1];
      const input = agent({ metadata: { list }, tools: { a: { description: "d" } } });
      const creating = store.create({ agent: input });
      list.push(2);
      input.tools = { changed: {} };
      const record = await creating;
      expect(record.metadata).toEqual({ list: [1] });
      (record.metadata as { list: number[] }).list.push(3);
      expect((await store.getById("agent"))?.metadata).toEqual({ list: [1] });
      expect((await store.getLatestVersion("agent"))?.tools).toEqual({ a: { description: "d" } });
      const metadata = { more: [1] };
      const updating = store.update({ id: "agent", metadata });
      metadata.more.push(2);
      expect((await updating).metadata).toEqual({ list: [1], more: [1] });
    });

    test("versions without a record are gone once the agent is made anew", async () => {
      const { calls, wrap } = watching();
      for (const count of [1, 3, 40]) {
        const store = await open(context, { wrap: (engine) => withAtomicLimit(24)(wrap(engine)) });
        await store.create({ agent: agent() });
        for (let n = 2; n <= count; n++) await store.createVersion({ id: `v${n}`, agentId: "agent", versionNumber: n });
        await store.deleteVersion((await store.getVersionByNumber("agent", 1))?.id as string);
        await calls.remove("mastra_agents", ["agent"]);
        expect(await store.getById("agent")).toBeNull();
        await store.create({ agent: agent({ name: "new" }) });
        expect((await store.listVersions({ agentId: "agent" })).versions).toMatchObject([
          { versionNumber: 1, name: "new" },
        ]);
        expect(await store.getVersion("v2")).toBeNull();
      }
    });

    fd("FD-026", "delete removes the agent with all its versions, and only those", async () => {
      const store = await open(context);
      await store.create({ agent: agent() });
      await store.create({ agent: agent({ id: "other" }) });
      for (let n = 2; n < 6; n++) await store.createVersion({ id: `v${n}`, agentId: "agent", versionNumber: n });
      expect(await store.delete("agent")).toBeUndefined();
      expect(await store.getById("agent")).toBeNull();
      expect(await store.countVersions("agent")).toBe(0);
      expect(await store.getVersion("v3")).toBeNull();
      expect(await store.getVersions(["v2", "v3"])).toEqual([]);
      expect(await store.countVersions("other")).toBe(1);
      for (const id of ["agent", "", "unknown", "a\0"]) await store.delete(id);
      await store.create({ agent: agent() });
      expect(await store.countVersions("agent")).toBe(1);
    });

    fd(
      "FD-018",
      "creating and deleting fail as a whole, wherever they fail, with many versions too",
      async () => {
        for (const kind of ["create", "delete", "versions"] as const) {
          for (let call = 1, met = true; met; call++) {
            const fault = { count: Number.POSITIVE_INFINITY };
            const store = await open(context, {
              wrap: (engine) => failingWrite(fault, true)(withAtomicLimit(24)(engine)),
            });
            const ids = Array.from({ length: 60 }, (_, n) => `v${n + 2}`);
            if (kind !== "create") {
              await store.create({ agent: agent() });
              for (const id of ids) await store.createVersion({ id, agentId: "agent" });
            }
            fault.count = call;
            const run = () =>
              kind === "create"
                ? store.create({ agent: agent() })
                : kind === "delete"
                  ? store.delete("agent")
                  : store.deleteVersionsByParentId("agent");
            const outcome = await run().then(
              () => "done",
              () => "failed",
            );
            met = fault.count <= 0;
            fault.count = Number.POSITIVE_INFINITY;
            const isThere = (await store.getById("agent")) !== null;
            const versions = await store.countVersions("agent");
            const { total } = await store.listVersions({ agentId: "agent" });
            expect(total).toBe(versions);
            expect(await store.getVersions(ids)).toHaveLength(Math.max(0, versions - 1));
            const whole = kind === "create" ? 1 : 61;
            expect(versions, `${kind} ${call}`).toBe(isThere && versions > 0 ? whole : 0);
            if (kind === "create") expect(isThere).toBe(versions === 1);
            if (kind === "delete") expect(isThere).toBe(versions === 61);
            if (kind !== "create" && outcome === "done") expect(versions).toBe(0);
            const isCut = kind !== "create" && versions === 0;
            // What was cut off after it had begun is carried on by a repetition, or by whoever comes next.
            if (kind === "create" ? !isThere : outcome === "failed" && !(isCut && call % 2)) await run();
            expect(await store.countVersions("agent")).toBe(kind === "create" ? 1 : 0);
            if (kind === "delete") await store.create({ agent: agent({ name: "again" }) });
            if (kind === "versions") {
              await store.createVersion({
                agentId: "agent",
                name: "again",
                ...(call % 4 === 3 && { versionNumber: 1 }),
              });
            }
            if (kind !== "create")
              expect((await store.listVersions({ agentId: "agent" })).versions).toMatchObject([
                { name: "again", versionNumber: 1 },
              ]);
          }
        }
      },
      120_000,
    );

    test("after a delete no row is left, whatever ran beside it", async () => {
      const storage = await context.open({ wrap: slowly });
      const store = (await storage.getStore("agents")) as AgentsStorage;
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const other = isApart ? ((await (await context.reopen(storage)).getStore("agents")) as AgentsStorage) : store;
      for (let round = 0; round < 8; round++) {
        await store.create({ agent: agent() });
        const pause = async (turns: number) => {
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        };
        const make = async (n: number, versionNumber: number | undefined) => {
          await pause(n);
          const by = n % 2 ? store : other;
          await by.createVersion({ agentId: "agent", ...(versionNumber && { versionNumber }) });
        };
        const beside = [0, 1, 2, 3, 4, 5].flatMap((n) => [make(n, (n + 1) * 1000), make(n, undefined)]);
        const update = pause(round % 4).then(() => other.update({ id: "agent", metadata: { round } }));
        const settled = Promise.allSettled([...beside, update]);
        await store.delete("agent");
        expect(await store.getById("agent")).toBeNull();
        for (const one of await settled) if (one.status === "rejected") expect(one.reason.id).toBe("AGENT_NOT_FOUND");
        expect(await store.getById("agent")).toBeNull();
        expect(await store.countVersions("agent")).toBe(0);
      }
    });

    fd("FD-014", "clearing removes agents and versions and nothing of another domain", async () => {
      const storage = await context.open();
      const store = (await storage.getStore("agents")) as AgentsStorage;
      const memory = (await storage.getStore("memory")) as MemoryStorage;
      const at = new Date(1);
      await memory.saveThread({ thread: { id: "t", resourceId: "r", createdAt: at, updatedAt: at } });
      await store.create({ agent: agent() });
      await store.dangerouslyClearAll();
      expect((await store.list()).total).toBe(0);
      expect(await store.countVersions("agent")).toBe(0);
      expect(await memory.getThreadById({ threadId: "t" })).not.toBeNull();
      await store.create({ agent: agent() });
    });

    fd("FD-128", "round trips are bounded", async () => {
      const { calls, wrap } = watching();
      const store = await open(context, { wrap });
      await store.getById("warm");
      const cost = async (call: () => Promise<unknown>) => {
        calls.clear();
        await call();
        return calls.count();
      };
      expect(await cost(() => store.create({ agent: agent() }))).toBe(2);
      expect(await cost(() => store.getById("agent"))).toBe(1);
      expect(await cost(() => store.update({ id: "agent", status: "published" }))).toBe(2);
      expect(await cost(() => store.createVersion({ id: "v2", agentId: "agent", versionNumber: 2 }))).toBe(1);
      expect(await cost(() => store.createVersion({ id: "v3", agentId: "agent" }))).toBe(2);
      expect(await cost(() => store.getVersion("v2"))).toBe(1);
      expect(await cost(() => store.getVersions(["v2", "v3"]))).toBe(1);
      expect(await cost(() => store.getLatestVersion("agent"))).toBe(1);
      expect(await cost(() => store.listVersions({ agentId: "agent" }))).toBe(1);
      expect(await cost(() => store.getByIdResolved("agent"))).toBe(1);
      await store.update({ id: "agent", activeVersionId: "v2" });
      expect(await cost(() => store.getByIdResolved("agent"))).toBe(2);
      expect(await cost(() => store.list({ status: "published" }))).toBe(1);
      expect(await cost(() => store.delete("agent"))).toBe(2);
      expect(await cost(() => store.getVersions([]))).toBe(0);
      for (let n = 0; n < 12; n++) {
        await store.create({ agent: agent({ id: `a${n}` }) });
        if (n % 3)
          await store.update({
            id: `a${n}`,
            activeVersionId: n % 3 === 1 ? "dangling" : ((await store.getLatestVersion(`a${n}`))?.id as string),
          });
      }
      expect(await cost(() => store.listResolved())).toBeLessThanOrEqual(3);
    });
  });
}
