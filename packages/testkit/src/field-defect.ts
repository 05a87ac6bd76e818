import { test } from "vitest";

/** The number of a defect seen in the field; `docs/field-defects.md` lists them all. */
export type FieldDefect = `FD-${number}`;

/** A test that keeps a known defect out. Its title carries the id, from which the list in the docs is made. */
export const fd = (id: FieldDefect, rule: string, body: () => void | Promise<void>, timeout?: number): void =>
  test(`${id}: ${rule}`, body, timeout);

/** The same, skipped unless `condition` holds; for what an engine has not by its declared capabilities. */
export const fdIf =
  (condition: boolean) =>
  (id: FieldDefect, rule: string, body: () => void | Promise<void>, timeout?: number): void =>
    test.runIf(condition)(`${id}: ${rule}`, body, timeout);
