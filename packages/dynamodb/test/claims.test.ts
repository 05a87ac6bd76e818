import { defineTable, type Engine, find, get, insert, remove, text, upsert } from "@stowage/core/engine";
import { DynamoDBEngine } from "@stowage/dynamodb";
import { expect, test } from "vitest";
import { freshTable } from "./harness.ts";
import { onDynamo } from "./server.ts";
import { named, Wire } from "./wire.ts";

const seats = defineTable(
  "seats",
  { id: text(), row: text().nullable(), place: text().nullable(), guest: text().nullable() },
  {
    key: ["id"],
    unique: { row: ["row"], place: ["place"], guest: ["guest"] },
    paths: { byRow: { eq: ["row"] } },
  },
);

/** As many records as one write takes, each of which gives up three unique values and takes three others. */
const batch = (prefix: string) =>
  Array.from({ length: 24 }, (_, n) =>
    upsert(seats, { id: `s${n}`, row: `${prefix}r${n}`, place: `${prefix}p${n}`, guest: `${prefix}g${n}` }),
  );
const seat = (id: string, row: string) => insert(seats, { id, row, place: null, guest: null });

onDynamo("unique values on DynamoDB", (server) => {
  async function open() {
    const wire = new Wire(server());
    const { tableName } = freshTable(server().endpoint);
    const again = (): Engine => new DynamoDBEngine({ client: wire, tableName, createTable: true });
    const engine = again();
    await engine.converge([seats]);
    return { engine, wire, again };
  }

  /** Cuts the writer off after its transaction, so that what it gave up stays claimed. */
  async function writeAndDie(engine: Engine, wire: Wire): Promise<void> {
    wire.interfere = (command, _input, send) =>
      command === "DeleteCommand" ? Promise.reject(named("ECONNREFUSED", { code: "ECONNREFUSED" })) : send();
    await engine.write(batch("new-"));
    wire.interfere = undefined;
  }

  test("all values of the largest batch change hands in one write, and back", async () => {
    const { engine } = await open();
    for (const prefix of ["old-", "new-", "old-"]) await engine.write(batch(prefix));
    await engine.write(Array.from({ length: 24 }, (_, n) => remove(seats, [`s${n}`])));
    await engine.write([seat("other", "new-r0"), seat("another", "old-r0")]);
    await expect(engine.write([seat("third", "old-r0")])).rejects.toMatchObject({ refusal: { reason: "unique" } });
  });

  test("what a killed writer gave up is free for others, and for one of them only", async () => {
    const { engine, wire, again } = await open();
    await engine.write(batch("old-"));
    await writeAndDie(engine, wire);
    const takers = Array.from({ length: 6 }, (_, n) => again().write([seat(`taker${n}`, "old-r0")]));
    const outcomes = await Promise.allSettled(takers);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ refusal: { reason: "unique" } });
    }
    const [{ rows }] = await engine.read([find(seats, { path: "byRow", eq: { row: "old-r0" } })]);
    expect(rows).toHaveLength(1);
  });

  test("a record that wants back what it gave up meets those who want it too", async () => {
    const { engine, wire, again } = await open();
    await engine.write(batch("old-"));
    for (let round = 0; round < 2; round++) {
      await writeAndDie(engine, wire);
      const back = again().write([upsert(seats, { id: "s0", row: "old-r0", place: null, guest: null })]);
      const outcomes = await Promise.allSettled([back, again().write([seat("taker", "old-r0")])]);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const [{ rows }] = await engine.read([find(seats, { path: "byRow", eq: { row: "old-r0" } })]);
      expect(rows).toHaveLength(1);
      await engine.write([remove(seats, ["taker"])]);
      await engine.write(batch("old-"));
    }
  });

  test("a value that its record has taken again is not given up by what comes late", async () => {
    const { engine, wire, again } = await open();
    await engine.write(batch("old-"));
    const late: (() => Promise<unknown>)[] = [];
    wire.interfere = async (command, _input, send) => {
      if (command !== "DeleteCommand") return send();
      late.push(send);
      return undefined;
    };
    await engine.write(batch("new-"));
    wire.interfere = undefined;
    await again().write([upsert(seats, { id: "s0", row: "old-r0", place: null, guest: null })]);
    expect(late.length).toBeGreaterThanOrEqual(72);
    for (const send of late) await send().catch(() => {});
    await expect(engine.write([seat("taker", "old-r0")])).rejects.toMatchObject({ refusal: { reason: "unique" } });
    const [{ rows }] = await engine.read([get(seats, [["s0"]])]);
    expect(rows[0]).toMatchObject({ row: "old-r0" });
  });
});
