import { insert, patch, type Row, remove, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { awkwardKeys } from "../awkward.ts";
import { fetch } from "./access.ts";
import type { Lab } from "./lab.ts";
import { refusalOf } from "./refusals.ts";
import { account } from "./rows.ts";
import { accounts } from "./tables.ts";

/** Values that occur once in a table. */
export function uniqueKeysSection(lab: Lab): void {
  const put = (...rows: Row<typeof accounts>[]) => lab.engine.write(rows.map((row) => insert(accounts, row)));

  describe("unique keys", () => {
    test("rows with a null in the key are exempt", async () => {
      const scope = lab.scope();
      await put(account(scope, "a"), account(scope, "b"));
      await put(account(scope, "c", { team: "t" }), account(scope, "d", { team: "t" }));
      await put(account(scope, "e", { number: 1 }), account(scope, "f", { number: 1 }));
      await put(account(scope, "g", { team: "t", number: 1 }));
      const refusal = await refusalOf(put(account(scope, "h", { team: "t", number: 1 })));
      expect(refusal).toMatchObject({ index: 0, reason: "unique", unique: "byNumber" });
    });

    test("a record may be written again with the values it has", async () => {
      const scope = lab.scope();
      const row = account(scope, "a", { handle: "h", team: "t", number: 1 });
      await put(row);
      await lab.engine.write([upsert(accounts, row)]);
      await lab.engine.write([patch(accounts, [scope, "a"], { set: { handle: "h", number: 1 } })]);
      await refusalOf(put(account(scope, "b", { handle: "h" })));
    });

    test("a value is free once its record is removed", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h" }));
      await lab.engine.write([remove(accounts, [scope, "a"])]);
      await put(account(scope, "b", { handle: "h" }));
      await refusalOf(put(account(scope, "c", { handle: "h" })));
    });

    test("a value is free once its record has another, by upsert or patch, or null", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h" }));
      await lab.engine.write([upsert(accounts, account(scope, "a", { handle: "other" }))]);
      await put(account(scope, "b", { handle: "h" }));
      await lab.engine.write([patch(accounts, [scope, "b"], { set: { handle: null } })]);
      await put(account(scope, "c", { handle: "h" }));
      await refusalOf(put(account(scope, "d", { handle: "other" })));
    });

    test("a kept value stays taken", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h" }));
      await lab.engine.write([upsert(accounts, account(scope, "a", { handle: "new" }), { keep: ["handle"] })]);
      expect((await fetch(lab.engine, accounts, [scope, "a"]))?.handle).toBe("h");
      await put(account(scope, "b", { handle: "new" }));
      await refusalOf(put(account(scope, "c", { handle: "h" })));
    });

    test("a refused batch takes no value", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h" }));
      await refusalOf(put(account(scope, "b", { handle: "free" }), account(scope, "c", { handle: "h" })));
      await put(account(scope, "d", { handle: "free" }));
    });

    test("a value released in a batch is free for a later operation of it", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h", team: "t", number: 1 }));
      await lab.engine.write([
        patch(accounts, [scope, "a"], { set: { handle: "moved", number: 2 } }),
        insert(accounts, account(scope, "b", { handle: "h", team: "t", number: 1 })),
      ]);
      await lab.engine.write([
        remove(accounts, [scope, "b"]),
        patch(accounts, [scope, "a"], { set: { handle: "h", number: 1 } }),
      ]);
      expect(await fetch(lab.engine, accounts, [scope, "a"])).toMatchObject({ handle: "h", team: "t", number: 1 });
      await refusalOf(put(account(scope, "c", { handle: "h" })));
      await put(account(scope, "d", { handle: "moved", team: "t", number: 2 }));
    });

    test("a value that a later operation would release is not free", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h" }));
      const refusal = await refusalOf(
        lab.engine.write([insert(accounts, account(scope, "b", { handle: "h" })), remove(accounts, [scope, "a"])]),
      );
      expect(refusal).toMatchObject({ index: 0, reason: "unique", unique: "byHandle" });
      expect((await fetch(lab.engine, accounts, [scope, "a"]))?.handle).toBe("h");
    });

    test("two operations of a batch cannot take one value", async () => {
      const scope = lab.scope();
      const refusal = await refusalOf(put(account(scope, "a", { handle: "h" }), account(scope, "b", { handle: "h" })));
      expect(refusal).toMatchObject({ index: 1, reason: "unique", unique: "byHandle" });
      expect(await fetch(lab.engine, accounts, [scope, "a"])).toBeUndefined();
    });

    test("values that differ only for a binary comparison are different values", async () => {
      const scope = lab.scope();
      for (const [index, handle] of awkwardKeys.entries()) await put(account(scope, `a${index}`, { handle }));
      for (const [index, handle] of awkwardKeys.entries()) {
        const refusal = await refusalOf(put(account(scope, `b${index}`, { handle })));
        expect(refusal.unique).toBe("byHandle");
      }
    });

    test("the same value in another scope is another value", async () => {
      const scopes = [lab.scope(), lab.scope()];
      for (const scope of scopes) await put(account(scope, "a", { email: "same@example.com", handle: "same" }));
      for (const scope of scopes) await refusalOf(put(account(scope, "b", { email: "same@example.com" })));
    });

    test("clearing a table frees its values", async () => {
      const scope = lab.scope();
      await put(account(scope, "a", { handle: "h" }), account(scope, "b", { handle: "i" }));
      await lab.engine.removeRange({ table: accounts, path: "all", eq: { scope }, limit: 10 });
      await put(account(scope, "c", { handle: "h" }), account(scope, "d", { handle: "i" }));
    });
  });
}
