import type { MemoryStorage } from "@stowage/core";
import { bigint, boolean, defineTable, float, integer, json, text, timestamp } from "@stowage/core/engine";
import { expect } from "vitest";

/** A table of every kind of column, two of which the library whose table is taken over did not know. */
export const foreignThings = defineTable(
  "things",
  {
    id: text(),
    name: text(),
    note: text().nullable(),
    data: json().nullable(),
    plain: json().nullable(),
    at: timestamp(),
    until: timestamp().nullable(),
    isNew: boolean(),
    size: integer(),
    ratio: float().nullable(),
    big: bigint().nullable(),
    seq: integer(),
    kind: text(),
  },
  {
    key: ["id"],
    unique: { number: ["size"] },
    paths: { byName: { eq: ["name"], sort: ["at", "seq"] } },
    adopt: (row, place) => ({ seq: place, kind: `kind of ${row.name}` }),
  },
);

/**
 * Goes on with the conversation that Mastra left: the thread `t` of the owner `r` with the title "A thread", the metadata
 * `{ a: 1 }`, made at `createdAt`, and its messages `m1` to `m3`.
 */
export async function goesOnWithThread(memory: MemoryStorage | undefined, createdAt: Date): Promise<void> {
  const thread = await memory?.getThreadById({ threadId: "t" });
  expect(thread).toMatchObject({ title: "A thread", metadata: { a: 1 }, createdAt });
  const content = { format: 2 as const, parts: [{ type: "text" as const, text: "number 4" }] };
  const message = { id: "m4", threadId: "t", resourceId: "r", role: "user" as const, content, createdAt: new Date() };
  await memory?.saveMessages({ messages: [message] as never });
  const page = await memory?.listMessages({ threadId: "t", perPage: false });
  expect(page?.messages.map(({ id }) => id)).toEqual(["m1", "m2", "m3", "m4"]);
}
