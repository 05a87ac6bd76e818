import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { find, upsert } from "../engine/operations.ts";
import { chaos } from "./chaos.ts";
import { stack } from "./stack.ts";

const write = (id: string) => [upsert(notes, note(id))];
const idsOf = async (engine: MemoryEngine) => {
  const [{ rows }] = await engine.read([find(notes, { path: "all", eq: { owner: "o" } })]);
  return rows.map((row) => row.id);
};

describe("chaos", () => {
  test("fails the counted call before the engine sees it, and no other", async () => {
    const engine = new MemoryEngine();
    const faults = chaos({ failCall: 2 });
    const stacked = stack(engine, [faults]);
    await stacked.write(write("1"));
    expect(faults.met).toBe(false);
    await expect(stacked.write(write("2"))).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
    await stacked.write(write("3"));
    expect(await idsOf(engine)).toEqual(["1", "3"]);
    expect([faults.calls, faults.met]).toEqual([3, true]);
  });

  test("loses the answer of a call that the engine has done", async () => {
    const engine = new MemoryEngine();
    const stacked = stack(engine, [chaos({ failCall: 1, when: "after" })]);
    await expect(stacked.write(write("1"))).rejects.toMatchObject({ code: "unknown_outcome", retry: "permanent" });
    expect(await idsOf(engine)).toEqual(["1"]);
  });

  test("lets nothing through after the fault when asked, but for close", async () => {
    const engine = new MemoryEngine();
    const faults = chaos({ failCall: 2, rest: "fail" });
    const stacked = stack(engine, [faults]);
    await stacked.write(write("1"));
    for (const id of ["2", "3", "4"])
      await expect(stacked.write(write(id))).rejects.toMatchObject({ code: "unavailable" });
    await expect(stacked.read([])).rejects.toMatchObject({ code: "unavailable" });
    expect(await idsOf(engine)).toEqual(["1"]);
    await stacked.close();
  });

  test("counts the verbs it is told to, and fails as it is told to", async () => {
    const faults = chaos({ failCall: 1, verbs: ["removeRange"], error: (verb) => new Error(`planted in ${verb}`) });
    const stacked = stack(new MemoryEngine(), [faults]);
    await stacked.write(write("1"));
    expect([faults.calls, faults.met]).toEqual([0, false]);
    await expect(stacked.removeRange({ table: notes, limit: 1 })).rejects.toThrow("planted in removeRange");
  });

  test("is not met by a run that is shorter", async () => {
    const faults = chaos({ failCall: 3 });
    const stacked = stack(new MemoryEngine(), [faults]);
    await stacked.converge([notes]);
    await stacked.read([]);
    expect([faults.calls, faults.met]).toEqual([2, false]);
  });
});
