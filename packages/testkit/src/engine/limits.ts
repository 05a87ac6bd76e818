import { type Capabilities, insert, patch, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fd, fdIf } from "../field-defect.ts";
import { contentOf, fetch, pageOf, seed, withoutRevision } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, valueRow } from "./rows.ts";
import { things, values } from "./tables.ts";

const mebibyte = 1024 * 1024;
/** A hundred megabytes take their time on some databases. */
const patience = 120_000;
/** Limits beyond these are not walked up to: the data would take longer to make than the test is worth. */
const reach = { records: 5_000, bytes: 36 * mebibyte };

/** What the engine declares as its limits: reached, it works; over them, a typed error and nothing written. */
export function limitsSection(lab: Lab): void {
  const { atomicLimit, maxValueBytes, maxKeyBytes, maxGetKeys, bulkLimit } = lab.capabilities;

  describe("limits", { timeout: patience }, () => {
    test("are declared: the engine's own record is the one of the harness, complete and frozen", () => {
      const declared = lab.engine.capabilities;
      expect(declared).toEqual(lab.capabilities);
      expect(Object.isFrozen(declared)).toBe(true);
      expect(Object.keys(declared).sort()).toEqual([...capabilityNames].sort());
      expect(Object.values(declared)).not.toContain(undefined);
    });

    test("are above the floor that domains count on", () => {
      expect(atomicLimit.records).toBeGreaterThanOrEqual(24);
      expect(atomicLimit.bytes).toBeGreaterThanOrEqual(mebibyte);
      expect(bulkLimit.records).toBeGreaterThanOrEqual(1);
      expect(maxKeyBytes).toBeGreaterThanOrEqual(1);
      expect(maxGetKeys).toBeGreaterThanOrEqual(1);
      expect(maxValueBytes).toBeGreaterThanOrEqual(1);
    });

    test.runIf(atomicLimit.records <= reach.records)("a batch of as many records as declared is written", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, atomicLimit.records, (index) => ({ seq: index }));
      const results = await lab.engine.write(rows.map((row) => insert(things, row)));
      expect(results).toHaveLength(rows.length);
      expect(await contentOf(lab.engine, scope)).toHaveLength(rows.length);
    });

    test.runIf(atomicLimit.records <= reach.records)("a batch of more records is refused whole", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, atomicLimit.records + 1);
      const write = lab.engine.write(rows.map((row) => insert(things, row)));
      await expect(write).rejects.toMatchObject({ code: "too_large", retry: "permanent" });
      expect(await contentOf(lab.engine, scope)).toEqual([]);
    });

    test.runIf(atomicLimit.bytes <= reach.bytes)("a batch of more bytes is refused whole", async () => {
      const scope = lab.scope();
      const size = Math.min(maxValueBytes, Math.ceil(atomicLimit.bytes / 8));
      const count = Math.ceil(atomicLimit.bytes / size) + 1;
      const write = lab.engine.write(
        manyThings(scope, count).map((row) => insert(values, valueRow(scope, row.id, { text: noise(size, row.seq) }))),
      );
      await expect(write).rejects.toMatchObject({ code: "too_large", retry: "permanent" });
      const [{ count: left }] = await lab.engine.read([{ op: "count", table: values, path: "all", eq: { scope } }]);
      expect(left).toBe(0);
    });

    test("a mebibyte in one batch is written", async () => {
      const scope = lab.scope();
      const size = Math.min(maxValueBytes, 128 * 1024 - 512);
      const rows = manyThings(scope, Math.floor((mebibyte - 16_384) / size) || 1).map((row, index) =>
        valueRow(scope, row.id, { text: noise(size, index) }),
      );
      await lab.engine.write(rows.slice(0, 24).map((row) => insert(values, row)));
      const found = await pageOf(lab.engine, { op: "find", table: values, path: "all", eq: { scope } });
      expect(found.rows.map(withoutRevision)).toEqual(rows.slice(0, 24));
    });

    for (const column of ["text", "json"] as const) {
      fdIf(maxValueBytes <= reach.bytes)(
        "FD-151",
        `the largest value of a ${column} column comes back as it was`,
        async () => {
          const scope = lab.scope();
          const value = column === "text" ? noise(maxValueBytes) : `"${noise(maxValueBytes - 2)}"`;
          await lab.engine.write([upsert(values, valueRow(scope, "a", { [column]: value }))]);
          const row = await fetch(lab.engine, values, [scope, "a"]);
          expect(row?.[column] === value).toBe(true);
        },
      );

      test.runIf(maxValueBytes <= reach.bytes)(`a larger value of a ${column} column is refused, not cut`, async () => {
        const scope = lab.scope();
        await seed(lab.engine, values, [valueRow(scope, "a")]);
        const value = column === "text" ? noise(maxValueBytes + 1) : `"${noise(maxValueBytes - 1)}"`;
        const tooLarge = { code: "too_large", retry: "permanent", details: { table: values.name } };
        const put = upsert(values, valueRow(scope, "a", { [column]: value }));
        await expect(lab.engine.write([put])).rejects.toMatchObject(tooLarge);
        await expect(lab.engine.write([put], { atomic: false })).rejects.toMatchObject(tooLarge);
        const change = patch(values, [scope, "a"], { set: { [column]: value } });
        await expect(lab.engine.write([change])).rejects.toMatchObject(tooLarge);
        const row = await fetch(lab.engine, values, [scope, "a"]);
        expect(row && withoutRevision(row)).toEqual(valueRow(scope, "a"));
      });
    }

    test("bytes are counted, not characters", async () => {
      const scope = lab.scope();
      const size = Math.floor(Math.min(maxValueBytes, mebibyte) / 4);
      const value = "😀".repeat(size);
      await lab.engine.write([upsert(values, valueRow(scope, "a", { text: value }))]);
      expect((await fetch(lab.engine, values, [scope, "a"]))?.text === value).toBe(true);
    });

    fd("FD-152", "the bulk form takes more records than one request does", async () => {
      const scope = lab.scope();
      const count = Math.min(bulkLimit.records * 2 + 1, 3_000);
      const rows = manyThings(scope, count, (index) => ({ seq: index }));
      await seed(lab.engine, things, rows);
      const [{ count: stored }] = await lab.engine.read([{ op: "count", table: things, path: "all", eq: { scope } }]);
      expect(stored).toBe(count);
    });
  });
}

const capabilityNames: readonly (keyof Capabilities)[] = [
  "atomicity",
  "atomicLimit",
  "bulkLimit",
  "compareAndSwap",
  "readYourWrites",
  "nativeFilter",
  "nativeJsonFilter",
  "nativeAggregate",
  "timeToLive",
  "maxValueBytes",
  "maxKeyBytes",
  "maxGetKeys",
];

/** Text of that many bytes that no compression makes much smaller; `seed` makes it another one. */
function noise(bytes: number, seed = 1): string {
  const block = Buffer.alloc(Math.min(49_152, Math.ceil((bytes * 3) / 4)));
  const parts: string[] = [String(seed).padStart(8, "0").slice(0, bytes)];
  for (let length = parts[0]?.length ?? 0; length < bytes; ) {
    const part = globalThis.crypto
      .getRandomValues(block)
      .toString("base64url")
      .slice(0, bytes - length);
    parts.push(part);
    length += part.length;
  }
  return parts.join("");
}
