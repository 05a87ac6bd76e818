import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import {
  count,
  defineTable,
  type Engine,
  find,
  get,
  insert,
  json,
  text,
  timestamp,
  upsert,
} from "@stowage/core/engine";
import { DynamoDBEngine } from "@stowage/dynamodb";
import { describe, expect, test } from "vitest";
import { freshTable } from "./harness.ts";
import { onDynamo } from "./server.ts";
import { named, Wire } from "./wire.ts";

const notes = defineTable(
  "notes",
  { id: text(), owner: text(), at: timestamp(), body: json().nullable() },
  { key: ["id"], paths: { byOwner: { eq: ["owner"], sort: ["at"] } } },
);
/** A table whose records stand in so many indexes that few of them fit one transaction. */
const wide = defineTable(
  "wide",
  Object.fromEntries(["id", "a", "b", "c", "d", "e", "f"].map((name) => [name, text()])) as Record<
    "id" | "a" | "b" | "c" | "d" | "e" | "f",
    ReturnType<typeof text>
  >,
  {
    key: ["id"],
    paths: Object.fromEntries(
      ["a", "b", "c", "d", "e", "f"].map((name) => [name, { eq: [name], sort: ["id"] }]),
    ) as never,
  },
);
const note = (id: string, body: string | null = null) => ({ id, owner: "ada", at: 1, body });
const all = { path: "byOwner", eq: { owner: "ada" } } as const;

onDynamo("DynamoDB on the wire", (server) => {
  async function open(): Promise<{ engine: DynamoDBEngine; wire: Wire; tableName: string; again: () => Engine }> {
    const wire = new Wire(server());
    const { tableName } = freshTable(server().endpoint);
    const again = () => new DynamoDBEngine({ client: wire, tableName, createTable: true });
    const engine = again();
    await engine.converge([notes, wide]);
    wire.sent.length = 0;
    return { engine, wire, tableName, again };
  }

  test("requests of each operation", async () => {
    const { engine, wire, again: openAgain } = await open();
    const cost = async (call: Promise<unknown>): Promise<string[]> => {
      wire.sent.length = 0;
      await call;
      return [...wire.sent];
    };
    await engine.read([get(notes, [["none"]])]);
    const rows = Array.from({ length: 10 }, (_, n) => insert(notes, note(`n${n}`)));
    expect(await cost(engine.write(rows))).toEqual(["TransactWriteCommand"]);
    const again = rows.map(({ row }) => upsert(notes, row));
    // What this process wrote last is known to it; another one takes it for new at first.
    expect(await cost(engine.write(again))).toEqual(["TransactWriteCommand"]);
    const other = openAgain();
    await other.read([get(notes, [["none"]])]);
    expect(await cost(other.write(again))).toEqual(["TransactWriteCommand", "BatchGetCommand", "TransactWriteCommand"]);
    expect(await cost(engine.read([get(notes, [["n1"]])]))).toEqual(["BatchGetCommand"]);
    expect(await cost(engine.read([get(notes, [["n1"], ["n2"]])]))).toEqual(["TransactGetCommand"]);
    expect(await cost(engine.read([find(notes, { ...all, limit: 5 })]))).toEqual([
      "QueryCommand",
      "TransactGetCommand",
    ]);
    expect(await cost(engine.read([count(notes, all)]))).toEqual(["QueryCommand"]);
  });

  test("FD-127: a throttled request, a part that was not processed and a conflict of transactions lose nothing", async () => {
    const { engine, wire } = await open();
    let faults = 6;
    wire.interfere = (command, input, send) => {
      if (faults-- > 0) {
        if (command === "TransactWriteCommand") {
          const reasons = faults % 2 ? [{ Code: "TransactionConflict" }] : [{ Code: "ThrottlingError" }];
          return Promise.reject(named("TransactionCanceledException", { CancellationReasons: reasons }));
        }
        if (command === "BatchGetCommand")
          return Promise.resolve({ Responses: {}, UnprocessedKeys: input.RequestItems });
      }
      return send();
    };
    const rows = Array.from({ length: 20 }, (_, n) => upsert(notes, note(`n${n}`)));
    await engine.write(rows);
    expect(faults).toBeLessThanOrEqual(0);
    const [page, total] = await engine.read([find(notes, all), count(notes, all)]);
    expect([page.rows.length, total.count]).toEqual([20, 20]);
  });

  test("credentials that have expired are asked for once more, and then it is an error", async () => {
    const { engine, wire } = await open();
    let expired = 1;
    wire.interfere = (_command, _input, send) =>
      expired-- > 0 ? Promise.reject(named("ExpiredTokenException")) : send();
    await engine.write([insert(notes, note("a"))]);
    expect(wire.sent).toEqual(["TransactWriteCommand", "TransactWriteCommand"]);
    expired = 2;
    await expect(engine.read([get(notes, [["a"]])])).rejects.toMatchObject({ code: "permission", retry: "permanent" });
  });

  test("a partition that is full is told as such", async () => {
    const { engine, wire } = await open();
    const CancellationReasons = [{ Code: "None" }, { Code: "ItemCollectionSizeLimitExceeded" }];
    wire.interfere = () => Promise.reject(named("TransactionCanceledException", { CancellationReasons }));
    await expect(engine.write([insert(notes, note("a"))])).rejects.toMatchObject({ code: "resource_limit" });
  });

  test("a write whose answer is lost is asked for again, and applied once", async () => {
    const { engine, wire } = await open();
    let lost = 2;
    wire.interfere = async (command, _input, send) => {
      const answer = await send();
      if (command === "TransactWriteCommand" && lost-- > 0) throw named("TimeoutError");
      return answer;
    };
    expect(await engine.write([insert(notes, note("a"))])).toMatchObject([{ outcome: "inserted" }]);
    expect(lost).toBeLessThanOrEqual(0);
  });

  test("a write that never gets an answer claims nothing", async () => {
    const { engine, wire } = await open();
    wire.interfere = async (command, _input, send) => {
      const answer = await send();
      if (command === "TransactWriteCommand") throw named("TimeoutError");
      return answer;
    };
    await expect(engine.write([insert(notes, note("a"))])).rejects.toMatchObject({ code: "unknown_outcome" });
  });

  describe("a batch larger than one transaction", () => {
    const row = (id: string, group: string) => ({ id, a: group, b: group, c: group, d: group, e: group, f: group });
    const batch = (group: string) =>
      Array.from({ length: 24 }, (_, n) => upsert(wide, row(`r${String(n).padStart(2, "0")}`, group)));
    const look = async (engine: Engine) => {
      const ops = ["old", "new"].flatMap((group) => [
        find(wide, { path: "a", eq: { a: group } } as never),
        count(wide, { path: "f", eq: { f: group } } as never),
      ]);
      const answers = (await engine.read(ops)) as unknown as ({ rows: unknown[] } & { count: number })[];
      return answers.map((answer) => answer.count ?? answer.rows.length);
    };

    test("that is cut off at any request is there whole, or not at all, for walks and counts", async () => {
      const { engine, wire, again } = await open();
      await engine.write(batch("old"));
      let isOver = false;
      for (let at = 1; !isOver; at += at < 16 ? 1 : 90) {
        const { length } = wire.sent;
        let isApplied = false;
        wire.interfere = async (command, _input, send) => {
          // The process is killed: this request and all later ones are never sent.
          if (wire.sent.length - length >= at) throw named("ECONNREFUSED", { code: "ECONNREFUSED" });
          const answer = await send();
          isApplied ||= command === "TransactWriteCommand";
          return answer;
        };
        const outcome = await engine.write(batch("new")).then(
          () => "written",
          () => "failed",
        );
        wire.interfere = undefined;
        expect(await look(again())).toEqual(isApplied ? [0, 0, 24, 24] : [24, 24, 0, 0]);
        isOver = outcome === "written" && wire.sent.length - length < at;
        await engine.write(batch("old"));
        expect(await look(again())).toEqual([24, 24, 0, 0]);
      }
    });

    test("that is refused leaves every entry as it was", async () => {
      const { engine } = await open();
      await engine.write(batch("old"));
      const ops = [...batch("new").slice(1), insert(wide, row("r00", "new"))];
      await expect(engine.write(ops)).rejects.toMatchObject({ code: "conflict" });
      expect(await look(engine)).toEqual([24, 24, 0, 0]);
    });
  });

  test("records of several items come back whole, and leave nothing behind", async () => {
    const { engine, wire, tableName } = await open();
    const noise = (seed: number) =>
      JSON.stringify(
        Array.from({ length: 90_000 }, (_, n) =>
          Math.sin(n * seed)
            .toString(36)
            .slice(2),
        ).join(""),
      );
    for (const seed of [1.1, 1.2]) {
      const body = `${noise(seed).slice(0, 900_000)}"`;
      await engine.write([upsert(notes, note("large", body))]);
      const [{ rows }] = await engine.read([get(notes, [["large"]])]);
      expect(rows[0]?.body === body).toBe(true);
    }
    const items = async (attribute: "pk" | "sk", prefix: string) => {
      const scan = new ScanCommand({
        TableName: tableName,
        FilterExpression: `begins_with(${attribute}, :prefix)`,
        ExpressionAttributeValues: { ":prefix": prefix },
      });
      const found = (await wire.send(scan as never)) as { Items: { n?: number }[]; LastEvaluatedKey?: object };
      expect(found.LastEvaluatedKey).toBeUndefined();
      return found.Items;
    };
    const [record] = await items("sk", "notes#");
    expect(record?.n).toBeGreaterThan(1);
    expect(await items("pk", "c#notes#")).toHaveLength(record?.n as number);
    await engine.write([upsert(notes, note("large", '"small"'))]);
    expect(await items("pk", "c#notes#")).toEqual([]);
  });
});
