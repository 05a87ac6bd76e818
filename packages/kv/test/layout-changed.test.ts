import { defineTable, insert, isStorageError, text } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { KvEngine, LayoutChanged, readFirst } from "../src/index.ts";
import { open } from "./harness.ts";
import { OrderedMap, OrderedMapPort } from "./ordered-map.ts";

const things = defineTable("things", { id: text() }, { key: ["id"], paths: {} });

test("a database whose tables change at every try is told as busy", async () => {
  const map = new OrderedMap();
  await open(map).converge([things]);
  const port = readFirst(new OrderedMapPort(map, ""));
  let tries = 0;
  const engine = new KvEngine({
    ...port,
    write: async () => {
      tries++;
      throw new LayoutChanged();
    },
  });
  const error: unknown = await engine.write([insert(things, { id: "a" })]).catch((reason: unknown) => reason);
  expect(isStorageError(error) && { code: error.code, retry: error.retry }).toEqual({
    code: "busy",
    retry: "exhausted",
  });
  expect(tries).toBe(5);
});
