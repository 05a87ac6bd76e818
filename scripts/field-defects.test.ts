import { describe, expect, test } from "vitest";
import { fieldDefectGroups } from "./field-defects.data.ts";
import { findSightings, render } from "./field-defects.ts";

describe("the list of field defects", () => {
  test("has every id from 1 to 180 once, in order, with a title of its own", () => {
    const all = fieldDefectGroups.flatMap(({ defects }) => defects);
    expect(all.map(({ id }) => id)).toEqual(
      Array.from({ length: 180 }, (_, index) => `FD-${String(index + 1).padStart(3, "0")}`),
    );
    expect(new Set(all.map(({ title }) => title)).size).toBe(180);
  });

  test("finds ids in calls of fd, in titles and in tables of cases", () => {
    const source = [
      'fd("FD-001", "the \\"first\\" rule", async () => {});',
      "fdIf(can)(",
      '  "FD-002",',
      "  `the second rule`,",
      ");",
      'test("FD-003: the third rule", () => {});',
      'test.each([["FD-004", false]])("%s", () => {});',
      "// FD-005 in a comment is no test",
    ].join("\n");
    expect(findSightings(source, "a.test.ts")).toEqual([
      { id: "FD-001", file: "a.test.ts", title: 'the "first" rule' },
      { id: "FD-002", file: "a.test.ts", title: "the second rule" },
      { id: "FD-003", file: "a.test.ts", title: "the third rule" },
      { id: "FD-004", file: "a.test.ts" },
    ]);
  });

  test("says where a defect is kept out, or who has it to do", () => {
    const page = render([{ id: "FD-040", file: "packages/testkit/src/a.ts", title: "ties | never repeat" }]);
    expect(page).toContain(
      "| FD-040 | pages over equal times repeat rows and skip others | [testkit/src/a.ts](../packages/testkit/src/a.ts): ties \\| never repeat |",
    );
    expect(page).toMatch(/\| FD-001 \| .* \| later: memory package \|/);
    expect(page).toMatch(/\| FD-041 \| .* \| \*\*open\*\* \|/);
    expect(page).toContain("180 defects: 1 kept out by tests");
  });

  test("refuses an id that nobody knows", () => {
    expect(() => render([{ id: "FD-999", file: "a.test.ts" }])).toThrow("a.test.ts names FD-999");
  });
});
