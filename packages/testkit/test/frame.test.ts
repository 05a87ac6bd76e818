import type { Engine } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { afterAll, describe, expect, test } from "vitest";
import { contextOf } from "../src/domains/suite.ts";
import { memoryHarness, storageHarness, testEpoch } from "../src/index.ts";

describe("the context of a domain suite", () => {
  const inner = memoryHarness();
  const live = new Set<Engine>();
  const bare = new WeakMap<Engine, Engine>();
  const disposed: Engine[] = [];
  const context = contextOf(
    "frame",
    storageHarness({
      ...inner,
      open: async () => {
        const engine = await inner.open();
        live.add(engine);
        const watched = forward(engine, {
          close: async () => {
            live.delete(engine);
            await engine.close();
          },
        });
        bare.set(watched, engine);
        return watched;
      },
      reopen: (engine) => (inner.reopen as (engine: Engine) => Engine)(bare.get(engine) as Engine),
      dispose: (engine) => {
        disposed.push(engine);
      },
    }),
  );

  test("opens storage objects on databases of their own, with the clock of the test", async () => {
    const [one, two] = [await context.open(), await context.open()];
    expect(await one.getStore("memory")).toBeDefined();
    expect(live.size).toBe(2);
    expect(one).not.toBe(two);
    context.clock?.advance(5);
    expect(context.clock?.now()).toBe(testEpoch + 5);
  });

  test("has closed and removed what the test before opened, and starts a new clock", () => {
    expect(live.size).toBe(0);
    expect(disposed).toHaveLength(2);
    expect(context.clock?.now()).toBe(testEpoch);
  });

  test("wraps the engine below the domains", async () => {
    const verbs: string[] = [];
    const storage = await context.open({
      wrap: (engine) =>
        forward(engine, {
          converge: (...args) => {
            verbs.push("converge");
            return engine.converge(...args);
          },
        }),
    });
    await storage.init();
    expect(verbs).toEqual(["converge"]);
  });

  test("opens a second storage object on the same database", async () => {
    const first = await context.open();
    await first.init();
    const second = await context.reopen(first);
    await first.close?.();
    await second.init();
    expect(await second.getStore("workflows")).toBeDefined();
  });

  afterAll(() => {
    expect(disposed).toHaveLength(4);
  });
});
