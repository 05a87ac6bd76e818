import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { agent, open, openLogged } from "./samples.ts";

export function resolutionSuite(context: DomainContext): void {
  describe("agents with a configuration", () => {
    const filled = async () => (await filledAndLogged()).store;
    const filledAndLogged = async () => {
      const { store, warnings } = await openLogged(context);
      await store.create({ agent: agent({ id: "a", name: "1", metadata: { m: 1 } }) });
      await store.createVersion({ id: "a2", agentId: "a", versionNumber: 2, name: "2", description: "two" });
      await store.createVersion({ id: "a3", agentId: "a", versionNumber: 3, name: "3" });
      await store.create({ agent: agent({ id: "b", name: "b1" }) });
      await store.createVersion({ id: "b2", agentId: "b", versionNumber: 2, name: "b2" });
      return { store, warnings };
    };

    test("which version is used", async () => {
      const store = await filled();
      const names = async (...options: Parameters<typeof store.getByIdResolved>[1][]) =>
        Promise.all(options.map(async (option) => (await store.getByIdResolved("a", option))?.name));
      const every = [
        undefined,
        {},
        { status: "draft" },
        { status: "published" },
        { status: "archived" },
        { versionId: "a2" },
      ] as const;
      expect(await names(...every)).toEqual(["3", "3", "3", "3", "3", "2"]);
      await store.update({ id: "a", activeVersionId: "a2" });
      expect(await names(...every)).toEqual(["2", "2", "3", "2", "2", "2"]);
      await store.update({ id: "a", activeVersionId: "a3", status: "published" });
      expect(await names(...every)).toEqual(["3", "3", "3", "3", "3", "2"]);
    });

    test("the record's properties win, and the version used is named", async () => {
      const store = await filled();
      const resolved = await store.getByIdResolved("a", { versionId: "a2" });
      expect(resolved).toEqual({
        ...(await store.getById("a")),
        name: "2",
        description: "two",
        resolvedVersionId: "a2",
      });
    });

    test("an active version that is gone gives the latest, and is told", async () => {
      const { store, warnings } = await filledAndLogged();
      await store.update({ id: "a", activeVersionId: "a2" });
      await store.deleteVersion("a2");
      warnings.length = 0;
      expect(await store.getByIdResolved("a")).toMatchObject({
        name: "3",
        activeVersionId: "a2",
        resolvedVersionId: "a3",
      });
      expect(warnings).toEqual([expect.stringMatching(/agent a .*a2/)]);
    });

    test("without any version the bare record, and nothing for a missing agent", async () => {
      const store = await filled();
      await store.deleteVersionsByParentId("a");
      for (const options of [{}, { status: "draft" }, { versionId: "a2" }]) {
        expect(await store.getByIdResolved("a", options as never)).toStrictEqual(await store.getById("a"));
      }
      for (const id of ["nobody", "", "a\0"]) expect(await store.getByIdResolved(id)).toBeNull();
    });

    fd("FD-054", "another agent's version is not found, neither by id nor as the active one", async () => {
      const store = await filled();
      for (const versionId of ["b2", "unknown", "", "a\0"]) {
        const resolved = await store.getByIdResolved("a", { versionId });
        expect(resolved).toStrictEqual(await store.getById("a"));
      }
      await expect(store.getByIdResolved("a", { versionId: {} as never })).rejects.toMatchObject({ category: "USER" });
      await store.update({ id: "a", activeVersionId: "later" });
      await store.createVersion({ id: "later", agentId: "b", versionNumber: 3, name: "foreign" });
      expect(await store.getByIdResolved("a")).toMatchObject({ name: "3", resolvedVersionId: "a3" });
      const { agents } = await store.listResolved({ orderBy: { direction: "ASC" } });
      expect(agents.map(({ id, name }) => [id, name])).toEqual([
        ["a", "3"],
        ["b", "foreign"],
      ]);
    });

    test("a list resolves every agent as asked", async () => {
      const store = await filled();
      await store.create({ agent: agent({ id: "c", name: "c1" }) });
      await store.create({ agent: agent({ id: "d", name: "d1" }) });
      await store.deleteVersionsByParentId("d");
      await store.update({ id: "a", activeVersionId: "a2", status: "published" });
      await store.update({ id: "c", activeVersionId: "gone", status: "published" });
      const list = async (input?: Parameters<typeof store.listResolved>[0]) =>
        Object.fromEntries(
          (await store.listResolved(input)).agents.map(({ id, name, resolvedVersionId }) => [
            id,
            [name, resolvedVersionId !== undefined],
          ]),
        );
      expect(await list()).toEqual({ a: ["2", true], b: ["b2", true], c: ["c1", true], d: [undefined, false] });
      expect(await list({ status: "published" })).toEqual({ a: ["2", true], c: ["c1", true] });
      expect(await list({ status: "draft" })).toEqual({ b: ["b2", true], d: [undefined, false] });
      expect(await list({ entityIds: ["a"] })).toEqual({ a: ["2", true] });
      const page = await store.listResolved({ page: 1, perPage: 3 });
      expect(page).toMatchObject({ total: 4, page: 1, perPage: 3, hasMore: false });
      expect(page.agents).toHaveLength(1);
      const { agents } = await store.listResolved({ entityIds: ["a"] });
      expect(agents[0]).toEqual(await store.getByIdResolved("a"));
    });

    test("the earlier method names", async () => {
      const store = await open(context);
      const record = await store.createAgent({ agent: agent({ name: "1", tools: { t: {} } }) });
      expect(record).toEqual(await store.getById("agent"));
      const first = await store.getLatestVersion("agent");
      await store.updateAgent({
        id: "agent",
        activeVersionId: first?.id as string,
        status: "published",
        metadata: { a: 1 },
      });
      expect(await store.countVersions("agent")).toBe(1);
      const updated = await store.updateAgent({ id: "agent", name: "2", metadata: { b: 2 } });
      expect(updated.metadata).toEqual({ a: 1, b: 2 });
      expect(await store.getLatestVersion("agent")).toMatchObject({
        versionNumber: 2,
        name: "2",
        instructions: "be kind",
        tools: { t: {} },
        changedFields: ["name"],
      });
      expect(await store.getAgentById({ id: "agent" })).toMatchObject({ name: "2", status: "published" });
      expect(await store.getAgentByIdResolved({ id: "agent" })).toMatchObject({ name: "1" });
      expect((await store.listAgents()).agents).toMatchObject([{ name: "2" }]);
      expect((await store.listAgentsResolved()).agents).toMatchObject([{ name: "1" }]);
      await expect(store.updateAgent({ id: "nobody", name: "x" })).rejects.toMatchObject({ id: "AGENT_NOT_FOUND" });
      await Promise.all(Array.from({ length: 6 }, (_, n) => store.updateAgent({ id: "agent", description: `${n}` })));
      expect(await store.getLatestVersion("agent")).toMatchObject({ versionNumber: 8, name: "2" });
      await store.deleteVersionsByAgentId("agent");
      expect(await store.countVersions("agent")).toBe(0);
      await store.deleteAgent({ id: "agent" });
      expect(await store.getById("agent")).toBeNull();
      expect(await store.getAgentById({ id: "agent" })).toBeNull();
    });
  });
}
