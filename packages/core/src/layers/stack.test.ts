import { describe, expect, test } from "vitest";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { forward, type Layer, stack } from "./stack.ts";

const named =
  (name: string): Layer =>
  (inner) =>
    forward(inner, { name: `${name}(${inner.name})` });

describe("stack", () => {
  test("reads from the engine outwards", () => {
    expect(stack(new MemoryEngine(), [named("inner"), named("outer")]).name).toBe("outer(inner(memory))");
  });

  test("of nothing is the engine itself", () => {
    const engine = new MemoryEngine();
    expect(stack(engine, [])).toBe(engine);
  });
});

describe("forward", () => {
  test("keeps every verb that is not changed", async () => {
    const engine = new MemoryEngine();
    const outer = forward(engine, { name: "outer" });
    expect(outer.contract).toBe(engine.contract);
    expect(outer.capabilities).toBe(engine.capabilities);
    expect(await outer.converge([])).toEqual({ statements: [], unknown: [] });
    expect(await outer.read([])).toEqual([]);
    expect(await outer.write([])).toEqual([]);
    await outer.close();
    await expect(engine.read([])).rejects.toMatchObject({ code: "closed" });
  });

  test("reads a changed capability at each use", () => {
    let maxKeyBytes = 1;
    const engine = new MemoryEngine();
    const outer = forward(engine, {
      get capabilities() {
        return { ...engine.capabilities, maxKeyBytes };
      },
    });
    maxKeyBytes = 2;
    expect(outer.capabilities.maxKeyBytes).toBe(2);
  });
});
