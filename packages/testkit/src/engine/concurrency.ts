import {
  type Engine,
  find,
  get,
  insert,
  isConflict,
  modify,
  modifyBy,
  patch,
  remove,
  upsert,
  type WriteOp,
} from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fd } from "../field-defect.ts";
import { contentOf, fetch } from "./access.ts";
import type { Lab } from "./lab.ts";
import { account, thing } from "./rows.ts";
import { accounts, things } from "./tables.ts";

/** Many callers at once: guarded writes have one winner, and no acknowledged change is lost. */
export function concurrencySection(lab: Lab): void {
  const race = async (engines: readonly Engine[], writers: number, ops: (writer: number) => WriteOp[]) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: writers }, (_, writer) => (engines[writer % engines.length] as Engine).write(ops(writer))),
    );
    const winners = outcomes.flatMap((outcome, writer) => (outcome.status === "fulfilled" ? [writer] : []));
    const others = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(others.every(isConflict), String(others.find((error) => !isConflict(error)))).toBe(true);
    return winners;
  };

  const races = (engines: () => Promise<readonly [Engine, ...Engine[]]>) => {
    fd("FD-148", "of many that expect one revision exactly one wins, and its content stands", async () => {
      const [engine, ...others] = await engines();
      const scope = lab.scope();
      const [made] = await engine.write([insert(things, thing(scope, "a"))]);
      const expect_ = { rev: made?.rev as number };
      const winners = await race([engine, ...others], 16, (writer) => [
        patch(things, [scope, "a"], { set: { seq: writer + 1 }, expect: expect_ }),
        insert(things, thing(scope, `mark${writer}`)),
      ]);
      expect(winners).toHaveLength(1);
      expect((await fetch(engine, things, [scope, "a"]))?.seq).toBe((winners[0] as number) + 1);
      expect((await contentOf(engine, scope)).map((row) => row.id)).toEqual(["a", `mark${winners[0]}`]);
    });

    fd("FD-013", "of many that insert one key exactly one wins", async () => {
      const [engine, ...others] = await engines();
      const scope = lab.scope();
      const winners = await race([engine, ...others], 16, (writer) => [
        insert(things, thing(scope, `own${writer}`)),
        insert(things, thing(scope, "shared", { seq: writer })),
      ]);
      expect(winners).toHaveLength(1);
      expect((await fetch(engine, things, [scope, "shared"]))?.seq).toBe(winners[0]);
      expect(await contentOf(engine, scope)).toHaveLength(2);
    });

    fd("FD-031", "of many that take one unique value exactly one wins", async () => {
      const [engine, ...others] = await engines();
      const scope = lab.scope();
      const winners = await race([engine, ...others], 16, (writer) => [
        insert(accounts, account(scope, `w${writer}`, { handle: "shared" })),
      ]);
      expect(winners).toHaveLength(1);
    });

    test("of many that remove one revision exactly one wins", async () => {
      const [engine, ...others] = await engines();
      const scope = lab.scope();
      const [made] = await engine.write([insert(things, thing(scope, "a"))]);
      const winners = await race([engine, ...others], 16, () => [
        remove(things, [scope, "a"], { rev: made?.rev as number }),
      ]);
      expect(winners).toHaveLength(1);
    });

    fd("FD-012", "40 takers of 40 items get 40 different items", async () => {
      const [engine, ...others] = await engines();
      const all = [engine, ...others];
      const scope = lab.scope();
      await engine.write(
        Array.from({ length: 40 }, (_, index) => upsert(things, thing(scope, `i${index}`, { at: index }))),
        { atomic: false },
      );
      const take = async (taker: number): Promise<string> => {
        const own = all[taker % all.length] as Engine;
        for (;;) {
          const [page] = await own.read([{ op: "find", table: things, path: "byTime", eq: { scope } }]);
          const row = page.rows[taker % page.rows.length];
          if (!row) throw new Error("an item was taken twice");
          try {
            await own.write([remove(things, [scope, row.id], { rev: row._rev })]);
            return row.id;
          } catch (error) {
            if (!isConflict(error)) throw error;
          }
        }
      };
      const taken = await Promise.all(Array.from({ length: 40 }, (_, taker) => take(taker)));
      expect(new Set(taken).size).toBe(40);
      expect(await contentOf(engine, scope)).toEqual([]);
    });

    fd("FD-106", "100 increments at once are 100 increments", async () => {
      const [engine, ...others] = await engines();
      const all = [engine, ...others];
      const scope = lab.scope();
      const increment = (own: Engine) =>
        modify(own, things, [scope, "counter"], (row, rev) => ({
          write: [
            upsert(things, thing(scope, "counter", { seq: (row?.seq ?? 0) + 1 }), { expect: row ? { rev } : "absent" }),
          ],
          result: undefined,
        }));
      await Promise.all(Array.from({ length: 100 }, (_, index) => increment(all[index % all.length] as Engine)));
      expect((await fetch(engine, things, [scope, "counter"]))?.seq).toBe(100);
    });

    test("numbers claimed through a unique key have no gaps and no repeats", async () => {
      const [engine, ...others] = await engines();
      const all = [engine, ...others];
      const scope = lab.scope();
      const claim = (own: Engine, caller: number) =>
        modifyBy(own, `numbers of ${scope}`, async () => {
          const [{ rows }] = await own.read([{ op: "find", table: accounts, path: "all", eq: { scope } }]);
          const number = Math.max(0, ...rows.map((row) => row.number ?? 0)) + 1;
          const row = account(scope, `c${caller}`, { team: "t", number });
          return { write: [insert(accounts, row)], result: number };
        });
      const numbers = await Promise.all(
        Array.from({ length: 20 }, (_, caller) => claim(all[caller % all.length] as Engine, caller)),
      );
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    fd("FD-107", "a refused batch takes nobody else's write with it", async () => {
      const [engine, ...others] = await engines();
      const all = [engine, ...others];
      const scope = lab.scope();
      await engine.write([insert(things, thing(scope, "taken"))]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, writer) =>
          (all[writer % all.length] as Engine).write([
            insert(things, thing(scope, `w${writer}`)),
            ...(writer % 2 === 1 ? [insert(things, thing(scope, "taken"))] : []),
          ]),
        ),
      );
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
      const kept = (await contentOf(engine, scope)).map((row) => row.id);
      const wanted = Array.from({ length: 20 }, (_, index) => `w${2 * index}`);
      expect(kept).toEqual(["taken", ...wanted].sort());
    });

    fd("FD-101", "a caller who takes his time between read and write holds up nobody", async () => {
      const [engine, ...others] = await engines();
      const other = others[0] ?? engine;
      const scope = lab.scope();
      const made = await engine.write(["slow", "fast"].map((id) => insert(things, thing(scope, id))));
      const fast = Promise.withResolvers<void>();
      const slow = modify(engine, things, [scope, "slow"], async (_, rev) => {
        await fast.promise;
        return { write: [patch(things, [scope, "slow"], { set: { seq: 1 }, expect: { rev } })], result: undefined };
      });
      await other.write([patch(things, [scope, "fast"], { set: { seq: 1 }, expect: { rev: made[1]?.rev as number } })]);
      fast.resolve();
      await slow;
      expect((await contentOf(engine, scope)).map((row) => row.seq)).toEqual([1, 1]);
    });

    fd("FD-153", "a batch is seen whole or not at all", async () => {
      const [engine, ...others] = await engines();
      const reader = others[0] ?? engine;
      const scope = lab.scope();
      const round = (seq: number) => engine.write(["a", "b"].map((id) => upsert(things, thing(scope, id, { seq }))));
      await round(0);
      let writing = true;
      const writer = (async () => {
        for (let seq = 1; seq <= 40; seq++) await round(seq);
        writing = false;
      })();
      while (writing) {
        const [page] = await reader.read([{ op: "find", table: things, path: "all", eq: { scope } }]);
        const [a, b] = page.rows;
        expect(a?.seq).toBe(b?.seq);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writer;
    });

    // Whoever removes a parent with its children reads the parent first: a child that came after it moved its revision.
    test("what a call reads first is never newer than what it reads next", async () => {
      const [engine, ...others] = await engines();
      const reader = others[0] ?? engine;
      const scope = lab.scope();
      const round = (seq: number) =>
        engine.write([
          upsert(accounts, account(scope, "a", { number: seq })),
          upsert(things, thing(scope, "b", { seq })),
        ]);
      await round(0);
      let writing = true;
      const writer = (async () => {
        for (let seq = 1; seq <= 40; seq++) await round(seq);
        writing = false;
      })();
      const own = { eq: { scope }, limit: 10 } as const;
      while (writing) {
        const [first, second, third] = await reader.read([
          get(accounts, [[scope, "a"]]),
          find(things, { path: "all", ...own }),
          find(accounts, { path: "all", ...own }),
        ]);
        const seen = [first.rows[0]?.number, second.rows[0]?.seq, third.rows[0]?.number];
        expect(seen).toEqual(seen.toSorted((a, b) => (a as number) - (b as number)));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writer;
    });
  };

  describe("concurrency of one engine", () => races(async () => [lab.engine]));

  describe.runIf(lab.canReopen && lab.capabilities.compareAndSwap)("concurrency of two engines on one database", () => {
    races(async () => [lab.engine, await lab.reopen(lab.engine)]);
  });
}
