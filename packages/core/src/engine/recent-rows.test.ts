import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import { check, patch, upsert } from "./operations.ts";
import { RecentRows, recordName } from "./recent-rows.ts";

const rowOf = (id: string, body: string | null = null) => ({ ...note(id, { body }), _rev: 1 });
const name = (id: string) => recordName(notes, [id]);

describe("recent rows", () => {
  test("gives a row once", () => {
    const recent = new RecentRows();
    recent.keep(notes, name("a"), rowOf("a"));
    expect(recent.take(name("a"))).toEqual(rowOf("a"));
    expect(recent.take(name("a"))).toBeUndefined();
  });

  test("forgets what is about to be changed, and nothing that is only looked at", () => {
    const recent = new RecentRows();
    for (const id of ["a", "b", "c"]) recent.keep(notes, name(id), rowOf(id));
    recent.forgetAll([
      patch(notes, ["a"], { raise: { n: 1 } }),
      upsert(notes, note("b")),
      check(notes, ["c"], "exists"),
    ]);
    expect(["a", "b", "c"].map((id) => recent.take(name(id))?.id)).toEqual([undefined, undefined, "c"]);
  });

  test("forgets the oldest rows when there is too much text, and keeps none that is very long", () => {
    const recent = new RecentRows();
    const long = "x".repeat(90_000);
    for (let index = 0; index < 50; index++) recent.keep(notes, name(`${index}`), rowOf(`${index}`, long));
    expect(recent.take(name("0"))).toBeUndefined();
    expect(recent.take(name("49"))?.body).toBe(long);
    recent.keep(notes, name("l"), rowOf("l", "x".repeat(100_001)));
    expect(recent.take(name("l"))).toBeUndefined();
  });

  test("does not remember for a while what somebody else has changed", () => {
    let now = 0;
    const recent = new RecentRows(() => now);
    recent.distrust(name("a"));
    recent.keep(notes, name("a"), rowOf("a"));
    expect(recent.take(name("a"))).toBeUndefined();
    now = 10_001;
    recent.keep(notes, name("a"), rowOf("a"));
    expect(recent.take(name("a"))?.id).toBe("a");
  });
});
