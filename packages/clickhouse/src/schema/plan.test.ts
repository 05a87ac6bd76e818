import { defineTable, isStorageError, text } from "@stowage/core/engine";
import { fd } from "@stowage/testkit";
import { expect } from "vitest";
import { TableMapping } from "../mapping.ts";
import { physicalColumns, shapeItem, shapeOf } from "./definition.ts";
import { planSchema } from "./plan.ts";

const mapping = new TableMapping(defineTable("stowage_test_plain", { id: text() }, { key: ["id"] }), "");
const replication = { zookeeperPath: "/x", replicaName: "{replica}" };

fd("FD-093", "hosted and replicated kinds of a table are as good as the plain one", () => {
  const plan = (engine: string, isReplicated: boolean) =>
    planSchema(
      [mapping],
      {
        tables: new Map([[mapping.name, { engine, rows: 1, columns: physicalColumns(mapping), hasTimeToLive: false }]]),
        stamps: new Map([
          [
            mapping.name,
            new Map([
              ["format", "1"],
              [shapeItem, shapeOf(mapping)],
            ]),
          ],
        ]),
        hasStamps: true,
      },
      { prefix: "", replication: isReplicated ? replication : undefined },
      {},
    );
  const nothing = { first: [], tables: [], last: [] };
  for (const engine of ["SharedReplacingMergeTree", "ReplicatedReplacingMergeTree"]) {
    expect(plan(engine, false)).toMatchObject(nothing);
    expect(plan(engine, true)).toMatchObject(nothing);
  }
  expect(plan("ReplacingMergeTree", false)).toMatchObject(nothing);
  let refused: unknown;
  try {
    plan("ReplacingMergeTree", true);
  } catch (error) {
    refused = error;
  }
  expect(isStorageError(refused) && refused.statusWord).toBe("LOCAL_TABLE");
});
