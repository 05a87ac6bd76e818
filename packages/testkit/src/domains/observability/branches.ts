import type { ObservabilityStorage } from "@stowage/core";
import { branchSpanTypes } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, fullSpan, root, span } from "./spans.ts";

export function branchesSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");

  describe("branches", () => {
    const listed = async (store: ObservabilityStorage, args: Parameters<ObservabilityStorage["listBranches"]>[0]) =>
      (await store.listBranches(args)).branches.map(({ traceId, spanId }) => `${traceId}/${spanId}`);

    test("every span of a branch type is one, nested or not, and no other", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t", { spanType: "workflow_run" }),
          ...branchSpanTypes.map((spanType, index) => child("t", spanType, { spanType, startedAt: at(index + 1) })),
          child("t", "step", { spanType: "workflow_step" }),
          child("t", "odd", { spanType: "agent_run\0" }),
          child("orphan", "tool", { spanType: "tool_call", startedAt: at(90) }),
        ],
      });
      const { branches, pagination } = await store.listBranches({ pagination: { perPage: 100 } });
      expect(branches.map(({ spanId }) => spanId)).toEqual(["tool", ...branchSpanTypes.toReversed(), "root"]);
      expect(pagination).toEqual({ total: branchSpanTypes.length + 2, page: 0, perPage: 100, hasMore: false });
      const uncounted = await store.listBranches({ pagination: { page: 1, perPage: 2 }, includeTotal: false });
      expect(uncounted.branches).toEqual(branches.slice(2, 4));
      expect(uncounted.pagination).toEqual({ total: 4, page: 1, perPage: 2, hasMore: true });
      expect(branches[0]).toMatchObject({ traceId: "orphan", status: "running", spanType: "tool_call" });
      expect(await listed(store, { filters: { spanType: "tool_call" } })).toEqual(["orphan/tool", "t/tool_call"]);
      expect(await listed(store, { filters: { spanType: "generic" } })).toEqual([]);
      expect(await listed(store, { filters: { spanType: null } })).toEqual([]);
      await store.updateSpan({ traceId: "t", spanId: "step", updates: { spanType: "tool_call" } });
      await store.updateSpan({ traceId: "orphan", spanId: "tool", updates: { spanType: "generic" } });
      expect(await listed(store, { filters: { spanType: "tool_call" } })).toEqual(["t/tool_call", "t/step"]);
      await store.batchDeleteTraces({ traceIds: ["t"] });
      expect(await listed(store, {})).toEqual([]);
    });

    test("come whole, with their status", async () => {
      const store = await open();
      const written = { ...fullSpan("t", "s", 3), spanType: "tool_call" };
      await store.createSpan({ span: written });
      const { branches } = await store.listBranches({});
      const found = (await store.getSpan({ traceId: "t", spanId: "s" }))?.span;
      expect(branches).toEqual([{ ...found, status: "error" }]);
    });

    test("filters look at the span itself", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t", { userId: "u", tags: ["x"], endedAt: at(50) }),
          child("t", "a", {
            spanType: "tool_call",
            userId: "v",
            metadata: { k: [1] },
            endedAt: at(9),
            entityName: "e\0",
          }),
          child("t", "b", { spanType: "tool_call", startedAt: at(2), error: "", source: "cli" }),
          child("t", "c", { spanType: "mcp_tool_call", startedAt: at(3), scope: { v: 1 } }),
          root("other", { userId: "v".repeat(2000), startedAt: at(4) }),
        ],
      });
      const by = (filters: object) => listed(store, { filters });
      expect(await by({ userId: "u" })).toEqual(["t/root"]);
      expect(await by({ userId: "v".repeat(2000) })).toEqual(["other/root"]);
      expect(await by({ userId: null })).toEqual(["t/c", "t/b"]);
      expect(await by({ tags: ["x"] })).toEqual(["t/root"]);
      expect(await by({ metadata: { k: [1] }, entityName: "e\0" })).toEqual(["t/a"]);
      expect(await by({ executionSource: "cli" })).toEqual(["t/b"]);
      expect(await by({ scope: { v: 1 } })).toEqual(["t/c"]);
      expect(await by({ status: "error" })).toEqual(["t/b"]);
      expect(await by({ status: "running" })).toEqual(["other/root", "t/c"]);
      expect(await by({ status: "success" })).toEqual(["t/a", "t/root"]);
      expect(await by({ startedAt: { start: at(1), end: at(3), endExclusive: true } })).toEqual(["t/b", "t/a"]);
      expect(await by({ endedAt: { start: at(9) } })).toEqual(["t/a", "t/root"]);
      expect(await by({ traceId: "t", spanType: "tool_call" })).toEqual(["t/b", "t/a"]);
      expect(await by({ traceId: "T" })).toEqual([]);
      for (const filters of [{ hasChildError: true }, { organisationId: "o" }, { status: "done" }, { userId: 5 }]) {
        await expect(store.listBranches({ filters: filters as never })).rejects.toMatchObject({
          id: expect.stringMatching(/_LIST_BRANCHES_INVALID_ARGUMENT$/),
        });
      }
    });

    fd(
      "FD-040",
      "pages of branches with equal times cover each once, in both directions and for both fields",
      async () => {
        const store = await open();
        const records = Array.from({ length: 90 }, (_, index) =>
          span(`t${(index * 7) % 10}`, `s${(index * 37) % 90}`.padEnd(5, "x"), {
            parentSpanId: "p",
            spanType: branchSpanTypes[index % 3] as string,
            startedAt: at(index % 2),
            endedAt: index % 4 === 0 ? null : at(99),
          }),
        );
        await store.batchCreateSpans({ records });
        const wanted = (filters: { traceId?: string }) =>
          records.filter(({ traceId }) => filters.traceId === undefined || traceId === filters.traceId);
        for (const filters of [{}, { traceId: "t0" }]) {
          for (const field of ["startedAt", "endedAt"] as const) {
            for (const direction of ["ASC", "DESC"] as const) {
              const sign = direction === "ASC" ? 1 : -1;
              const end = ({ endedAt }: (typeof records)[number]) =>
                endedAt ? Number(endedAt) : Number.MAX_SAFE_INTEGER;
              const expected = wanted(filters)
                .toSorted(
                  (a, b) =>
                    (field === "endedAt" ? sign * (end(a) - end(b)) : 0) ||
                    sign * (Number(a.startedAt) - Number(b.startedAt)) ||
                    (`${a.traceId}/${a.spanId}` < `${b.traceId}/${b.spanId}` ? -1 : 1),
                )
                .map(({ traceId, spanId }) => `${traceId}/${spanId}`);
              const seen: string[] = [];
              for (let page = 0; page * 7 < expected.length; page++) {
                seen.push(
                  ...(await listed(store, {
                    filters,
                    orderBy: { field, direction },
                    pagination: { page, perPage: 7 },
                  })),
                );
              }
              expect(seen, `${field} ${direction}`).toEqual(expected);
            }
          }
        }
      },
    );

    test("one branch: its anchor, then what hangs on it, to any depth", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t"),
          child("t", "a", { startedAt: at(5), input: { big: 1 } }),
          child("t", "aa", { parentSpanId: "a", startedAt: at(3) }),
          child("t", "ab", { parentSpanId: "a", startedAt: at(1), output: "o" }),
          child("t", "aaa", { parentSpanId: "aa", startedAt: at(9) }),
          child("t", "b"),
          child("t", "x", { parentSpanId: "y" }),
          child("t", "y", { parentSpanId: "x" }),
        ],
      });
      const ids = async (spanId: string, depth?: number) =>
        (await store.getBranch({ traceId: "t", spanId, ...(depth !== undefined && { depth }) }))?.spans.map(
          (s) => s.spanId,
        );
      expect(await ids("a")).toEqual(["a", "ab", "aa", "aaa"]);
      expect(await ids("a", 0)).toEqual(["a"]);
      expect(await ids("a", 1)).toEqual(["a", "ab", "aa"]);
      expect(await ids("root", 1)).toEqual(["root", "b", "a"]);
      expect(await ids("x")).toEqual(["x", "y"]);
      const branch = await store.getBranch({ traceId: "t", spanId: "a" });
      expect(branch?.spans[0]).toEqual((await store.getSpan({ traceId: "t", spanId: "a" }))?.span);
      expect(await store.getBranch({ traceId: "t", spanId: "nobody" })).toBeNull();
      expect(await store.getBranch({ traceId: "t", spanId: "nobody", depth: 0 })).toBeNull();
      for (const args of [{ depth: -1 }, { depth: 0.5 }, { spanId: "" }]) {
        await expect(store.getBranch({ traceId: "t", spanId: "a", ...args })).rejects.toMatchObject({
          code: "invalid_argument",
        });
      }
    });
  });
}
