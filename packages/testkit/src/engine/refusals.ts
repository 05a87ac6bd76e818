import {
  check,
  type Engine,
  insert,
  isConflict,
  type Key,
  patch,
  type Refusal,
  remove,
  type Table,
  upsert,
  type WriteOp,
} from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { contentOf, pageOf } from "./access.ts";
import type { Lab } from "./lab.ts";
import { account, thing } from "./rows.ts";
import { accounts, things } from "./tables.ts";

/** A batch that is refused: by which operation, why, and that nothing of it was written. */
export function refusalsSection(lab: Lab): void {
  describe("refusals", () => {
    for (const [name, { op, reason, unique, table }] of Object.entries(refusedOps)) {
      test(`${name} refuses the batch wherever it stands, and nothing of it is written`, async () => {
        for (let position = 0; position <= 5; position++) {
          const scope = lab.scope();
          const stored = await prepare(lab.engine, scope);
          const refused = op(scope, stored);
          const ops: WriteOp[] = fillers(scope);
          ops.splice(position, 0, refused);
          const before = await everything(lab.engine, scope);
          const refusal = await refusalOf(lab.engine.write(ops));
          expect(refusal, `position ${position}`).toMatchObject({ index: position, table, reason });
          expect(refusal.unique).toBe(unique);
          expect(await everything(lab.engine, scope)).toEqual(before);
        }
      });
    }

    test("the error is a permanent conflict that names table, key and reason", async () => {
      const scope = lab.scope();
      await lab.engine.write([insert(things, thing(scope, "a"))]);
      const error = await lab.engine.write([insert(things, thing(scope, "a"))]).catch((reason: unknown) => reason);
      expect(isConflict(error)).toBe(true);
      expect(error).toMatchObject({ code: "conflict", category: "USER", retry: "permanent" });
      const { details, refusal } = error as { details: Record<string, unknown>; refusal: Refusal };
      expect(details).toMatchObject({ table: things.name, reason: "absent", index: 0 });
      expect(details.key).toBe(refusal.key);
      expect(refusal.key).toContain(scope);
    });

    test("of several refused expectations the lowest is named", async () => {
      const scope = lab.scope();
      await prepare(lab.engine, scope);
      const refusal = await refusalOf(
        lab.engine.write([
          check(things, [scope, "stored"], "exists"),
          check(things, [scope, "missing"], "exists"),
          insert(things, thing(scope, "stored")),
          check(things, [scope, "stored"], { rev: 1 }),
        ]),
      );
      expect(refusal).toMatchObject({ index: 1, reason: "exists" });
    });

    test("expectations are judged before unique keys", async () => {
      const scope = lab.scope();
      await prepare(lab.engine, scope);
      const refusal = await refusalOf(
        lab.engine.write([
          insert(accounts, account(scope, "new", { email: "taken@example.com" })),
          check(things, [scope, "missing"], "exists"),
        ]),
      );
      expect(refusal).toMatchObject({ index: 1, table: things.name, reason: "exists" });
    });

    test("of several taken unique keys the first is named", async () => {
      const scope = lab.scope();
      await prepare(lab.engine, scope);
      const refusal = await refusalOf(
        lab.engine.write([
          insert(accounts, account(scope, "free")),
          insert(accounts, account(scope, "second", { handle: "taken" })),
          insert(accounts, account(scope, "third", { email: "taken@example.com" })),
        ]),
      );
      expect(refusal).toMatchObject({ index: 1, reason: "unique", unique: "byHandle" });
    });

    test("expectations look at the state before the batch", async () => {
      const scope = lab.scope();
      const { rev } = await prepare(lab.engine, scope);
      await lab.engine.write([
        patch(things, [scope, "stored"], { set: { seq: 1 } }),
        check(things, [scope, "stored"], { rev }),
        insert(things, thing(scope, "new")),
        check(things, [scope, "new"], "absent"),
      ]);
      const refusal = await refusalOf(
        lab.engine.write([insert(things, thing(scope, "newer")), check(things, [scope, "newer"], "exists")]),
      );
      expect(refusal).toMatchObject({ index: 1, reason: "exists" });
      expect((await contentOf(lab.engine, scope)).map((row) => row.id)).not.toContain("newer");
    });

    test("a revision is expected of a missing record in vain", async () => {
      const scope = lab.scope();
      for (const rev of [0, 1]) {
        const refusal = await refusalOf(lab.engine.write([check(things, [scope, "missing"], { rev })]));
        expect(refusal).toMatchObject({ index: 0, reason: "rev" });
      }
    });
  });
}

interface Stored {
  readonly rev: number;
}

interface RefusedOp {
  readonly op: (scope: string, stored: Stored) => WriteOp;
  readonly reason: Refusal["reason"];
  readonly table: string;
  readonly unique?: string;
}

const onThings = (reason: Refusal["reason"], op: RefusedOp["op"]): RefusedOp => ({ op, reason, table: things.name });
const onAccounts = (unique: string, op: RefusedOp["op"]): RefusedOp => ({
  op,
  reason: "unique",
  table: accounts.name,
  unique,
});
const stored = (scope: string): Key => [scope, "stored"];
const missing = (scope: string): Key => [scope, "missing"];

const refusedOps: Readonly<Record<string, RefusedOp>> = {
  "an insert of a taken key": onThings("absent", (scope) => insert(things, thing(scope, "stored"))),
  "an upsert that expects absence": onThings("absent", (scope) =>
    upsert(things, thing(scope, "stored"), { expect: "absent" }),
  ),
  "an upsert that expects presence": onThings("exists", (scope) =>
    upsert(things, thing(scope, "missing"), { expect: "exists" }),
  ),
  "an upsert that expects an older revision": onThings("rev", (scope, { rev }) =>
    upsert(things, thing(scope, "stored"), { expect: { rev: rev - 1 } }),
  ),
  "an upsert that expects a revision of a missing row": onThings("rev", (scope, { rev }) =>
    upsert(things, thing(scope, "missing"), { expect: { rev } }),
  ),
  "a patch that expects presence": onThings("exists", (scope) =>
    patch(things, missing(scope), { set: { seq: 1 }, expect: "exists" }),
  ),
  "a patch that expects a newer revision": onThings("rev", (scope, { rev }) =>
    patch(things, stored(scope), { set: { seq: 1 }, expect: { rev: rev + 1 } }),
  ),
  "a removal that expects presence": onThings("exists", (scope) => remove(things, missing(scope), "exists")),
  "a removal that expects an older revision": onThings("rev", (scope, { rev }) =>
    remove(things, stored(scope), { rev: rev - 1 }),
  ),
  "a check of absence": onThings("absent", (scope) => check(things, stored(scope), "absent")),
  "a check of presence": onThings("exists", (scope) => check(things, missing(scope), "exists")),
  "a check of a revision": onThings("rev", (scope, { rev }) => check(things, stored(scope), { rev: rev + 1 })),
  "an insert of a taken unique value": onAccounts("byEmail", (scope) =>
    insert(accounts, account(scope, "new", { email: "taken@example.com" })),
  ),
  "an upsert of a taken unique value": onAccounts("byHandle", (scope) =>
    upsert(accounts, account(scope, "other", { handle: "taken" })),
  ),
  "a skip of a free key with a taken unique value": onAccounts("byEmail", (scope) => ({
    op: "put",
    table: accounts,
    row: account(scope, "new", { email: "taken@example.com" }),
    mode: "skip",
  })),
  "a patch to a taken unique value of two columns": onAccounts("byNumber", (scope) =>
    patch(accounts, [scope, "other"], { set: { team: "t", number: 1 } }),
  ),
};

async function prepare(engine: Engine, scope: string): Promise<Stored> {
  const results = await engine.write([
    insert(things, thing(scope, "stored")),
    insert(things, thing(scope, "patched")),
    insert(things, thing(scope, "removed")),
  ]);
  await engine.write([
    insert(accounts, account(scope, "owner", { email: "taken@example.com", handle: "taken", team: "t", number: 1 })),
    insert(accounts, account(scope, "other")),
  ]);
  return { rev: results[0]?.rev as number };
}

/** Five operations that are in order, on records that the refused ones do not touch. */
const fillers = (scope: string): WriteOp[] => [
  insert(things, thing(scope, "filler")),
  patch(things, [scope, "patched"], { set: { seq: 1 } }),
  remove(things, [scope, "removed"]),
  check(things, [scope, "nowhere"], "absent"),
  insert(accounts, account(scope, "filler", { handle: "filler" })),
];

async function everything(engine: Engine, scope: string): Promise<unknown[]> {
  const walk = (table: Table) => pageOf(engine, { op: "find", table, path: "all", eq: { scope } });
  return [...(await walk(things)).rows, ...(await walk(accounts)).rows];
}

export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isConflict(error)) throw new Error("the batch was not refused with a conflict", { cause: error });
  return error.refusal;
}
