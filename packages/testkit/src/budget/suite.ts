import type { MastraCompositeStore } from "@stowage/core";
import { describe, expect } from "vitest";
import { fd } from "../field-defect.ts";
import { fill, type HotOperation, hotOperations, warmUp } from "./operations.ts";

export interface BudgetHarness {
  /** A store on one and the same database, empty at the first call. The suite closes it. */
  open(): MastraCompositeStore | Promise<MastraCompositeStore>;
  /** Requests sent to the database so far. */
  requests(): number;
  /** What may take more requests on this database than elsewhere. */
  readonly budget?: Readonly<Partial<Record<HotOperation | "start", number>>>;
}

/** Requests that an operation may take; a start is one on a database that has everything (adapters.md, sections 1 and 16). */
const budget: Readonly<Record<HotOperation | "start", number>> = {
  start: 3,
  "save 10 messages": 1,
  "last 40 messages": 2,
  "last 40 messages, no total": 2,
  "window around a message": 3,
  "load a run with its steps": 1,
  "persist a run": 1,
  "record a step result": 1,
  "list 50 runs": 2,
  "get a trace": 2,
  "insert 200 spans": 2,
};

/** Counts what the calls of a working agent ask of the database, on a store that holds more than they ask for. */
export function budgetSuite(name: string, harness: BudgetHarness): void {
  const storesOf = (storage: MastraCompositeStore) => {
    const { memory, workflows, observability } = storage.stores ?? {};
    if (!memory || !workflows || !observability) throw new Error("a domain is missing");
    return { memory, workflows, observability };
  };
  describe(`${name}: requests`, () => {
    fd(
      "FD-128",
      "hot operations stay within their budget of requests, whatever the store holds",
      async () => {
        const filling = await harness.open();
        await filling.init();
        await fill(storesOf(filling));
        await filling.close();

        const storage = await harness.open();
        const used: Record<string, number> = {};
        const count = async (what: string, task: () => Promise<unknown>) => {
          const before = harness.requests();
          await task();
          used[what] = harness.requests() - before;
        };
        await count("start", () => storage.init());
        const stores = storesOf(storage);
        await warmUp(stores);
        for (const [what, operation] of Object.entries(hotOperations)) await count(what, () => operation(stores));
        await storage.close();

        const most: Readonly<Record<string, number>> = { ...budget, ...harness.budget };
        const over = Object.entries(used).filter(([what, requests]) => requests > (most[what] ?? 0));
        expect(Object.fromEntries(over)).toEqual({});
        // A counter that does not count would pass.
        expect(
          Object.values(used).every((requests) => requests > 0),
          JSON.stringify(used),
        ).toBe(true);
      },
      120_000,
    );
  });
}
