import { type CallOptions, type Engine, insert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fd } from "../field-defect.ts";
import { contentOf, seed } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, thing } from "./rows.ts";
import { engineTables, things } from "./tables.ts";

const verbs: Readonly<Record<string, (engine: Engine, scope: string, options?: CallOptions) => Promise<unknown>>> = {
  converge: (engine, _scope, options) => engine.converge(engineTables, options),
  read: (engine, scope, options) => engine.read([{ op: "find", table: things, path: "all", eq: { scope } }], options),
  write: (engine, scope, options) => engine.write([insert(things, thing(scope, "new"))], options),
  "write in bulk": (engine, scope, options) =>
    engine.write([{ op: "put", table: things, row: thing(scope, "new"), mode: "upsert" }], {
      ...options,
      atomic: false,
    }),
  removeRange: (engine, scope, options) =>
    engine.removeRange({ table: things, path: "all", eq: { scope }, limit: 10 }, options),
};

/** The bounds of a call, and the end of an engine. */
export function callsSection(lab: Lab): void {
  describe("bounds of a call", () => {
    for (const [name, call] of Object.entries(verbs)) {
      test(`${name}: an aborted signal stops it before anything is done`, async () => {
        const scope = lab.scope();
        await seed(lab.engine, things, manyThings(scope, 2));
        const before = await contentOf(lab.engine, scope);
        const aborted = call(lab.engine, scope, { signal: AbortSignal.abort(new Error("no longer wanted")) });
        await expect(aborted).rejects.toMatchObject({ code: "aborted" });
        expect(await contentOf(lab.engine, scope)).toEqual(before);
      });

      test(`${name}: a deadline that has passed stops it before anything is done`, async () => {
        const scope = lab.scope();
        await seed(lab.engine, things, manyThings(scope, 2));
        const before = await contentOf(lab.engine, scope);
        const late = call(lab.engine, scope, { deadline: Date.now() - 1 });
        await expect(late).rejects.toMatchObject({ code: "timeout" });
        expect(await contentOf(lab.engine, scope)).toEqual(before);
      });

      test(`${name}: bounds that are not reached change nothing`, async () => {
        const scope = lab.scope();
        const { signal } = new AbortController();
        await call(lab.engine, scope, { signal, deadline: Date.now() + 60_000 });
      });
    }

    test("a call that is aborted under way settles, and what it says is true", async () => {
      const scope = lab.scope();
      const controller = new AbortController();
      const write = lab.engine.write([insert(things, thing(scope, "a"))], { signal: controller.signal });
      controller.abort();
      const outcome = await write.then(
        () => "written",
        (error: { code: string }) => error.code,
      );
      expect(["written", "aborted", "unknown_outcome"]).toContain(outcome);
      const rows = await contentOf(lab.engine, scope);
      if (outcome !== "unknown_outcome") expect(rows).toHaveLength(outcome === "written" ? 1 : 0);
    });
  });

  describe("a closed engine", () => {
    for (const [name, call] of Object.entries(verbs)) {
      test(`refuses ${name}`, async () => {
        const engine = await lab.open();
        await engine.converge(engineTables);
        await engine.close();
        await expect(call(engine, lab.scope())).rejects.toMatchObject({ code: "closed" });
      });
    }

    fd("FD-020", "may be closed again, also at the same time", async () => {
      const engine = await lab.open();
      await engine.converge(engineTables);
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
    });

    test("may be closed before its first use", async () => {
      const engine = await lab.open();
      await engine.close();
      await expect(engine.converge(engineTables)).rejects.toMatchObject({ code: "closed" });
    });

    fd("FD-021", "has finished or refused every call that was under way", async () => {
      const engine = await lab.open();
      await engine.converge(engineTables);
      const scope = lab.scope();
      const writes = Array.from({ length: 10 }, (_, index) =>
        engine.write([insert(things, thing(scope, `w${index}`))]),
      );
      const settled = Promise.allSettled(writes);
      await engine.close();
      for (const outcome of await settled) {
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "closed" });
      }
    });

    test.runIf(lab.canReopen)("leaves its rows to the next one", async () => {
      const engine = await lab.open();
      await engine.converge(engineTables);
      const scope = lab.scope();
      await seed(engine, things, manyThings(scope, 5));
      const before = await contentOf(engine, scope);
      const next = await lab.reopen(engine);
      await engine.close();
      await next.converge(engineTables);
      expect(await contentOf(next, scope)).toEqual(before);
    });
  });
}
