import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { type Count, count, find, get, type ReadOp, upsert } from "@stowage/core/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClickhouseEngine } from "../src/engine.ts";
import { note, notes } from "./notes.ts";
import { onClickhouse } from "./server.ts";

const size = 6000;

onClickhouse((server) => {
  let engine: ClickhouseEngine;
  let small: ClickhouseEngine;
  let client: ClickHouseClient;
  let requests = 0;
  beforeAll(async () => {
    // More threads, as a server has that has processors to spare.
    client = createClient({
      url: server().url,
      clickhouse_settings: { max_threads: 4 },
      log: { level: ClickHouseLogLevel.OFF },
    });
    const query = client.query.bind(client) as (params: { query: string }) => Promise<never>;
    client.query = (params: { query: string }) => {
      if (params.query.includes(notes.name)) requests++;
      return query(params);
    };
    const open = (prefix: string) => new ClickhouseEngine({ client, prefix });
    engine = open("");
    small = open("small_");
    await small.converge([notes]);
    await small.write([upsert(notes, note("a", { at: 400 }))], { atomic: false });
    await engine.converge([notes]);
    for (let part = 0; part < 3; part++) {
      const ids = Array.from({ length: size / 3 }, (_, index) => part + index * 3);
      await engine.write(
        ids.map((n) => upsert(notes, note(`n${n}`, { at: n, n, body: `tab\t, line\n, null ${n} \\ "` }))),
        { atomic: false },
      );
    }
  });
  afterAll(() => client.close());

  async function counted<const Ops extends readonly ReadOp[]>(ops: Ops, from = engine) {
    const before = requests;
    const answers = await from.read(ops);
    return { answers, requests: requests - before };
  }
  const up = find(notes, { path: "byTime", eq: { owner: "o" } });
  const down = find(notes, { path: "byTime", eq: { owner: "o" }, direction: "desc", limit: size / 2 });
  const numbers = (page: { rows: readonly { n: number }[] }) => page.rows.map(({ n }) => n);

  test("reads of every kind are one request, each in its own order", async () => {
    const all = Array.from({ length: size }, (_, n) => n);
    for (let turn = 0; turn < 5; turn++) {
      const { answers, requests } = await counted([
        up,
        get(notes, [["n7"], ["missing"]]),
        down,
        count(notes, { path: "byTime", eq: { owner: "o" } }),
      ]);
      expect(requests).toBe(1);
      const [first, found, last, total] = answers;
      expect(numbers(first)).toEqual(all);
      expect(numbers(last)).toEqual(all.toReversed().slice(0, size / 2));
      expect(found.rows.map((row) => row?.body)).toEqual(['tab\t, line\n, null 7 \\ "', undefined]);
      expect(total).toEqual({ count: size });
    }
  });

  test("more of them than a statement may hold are several requests", async () => {
    const counts = Array.from(
      { length: 800 },
      (_, n): Count<typeof notes> =>
        count(notes, { path: "byTime", eq: { owner: "o" }, range: { upper: { at: [n], inclusive: true } } }),
    );
    const { answers, requests } = await counted(counts, small);
    expect(answers.map((answer) => answer.count)).toEqual(counts.map((_, n) => (n < 400 ? 0 : 1)));
    expect(requests).toBeGreaterThan(1);
    expect(requests).toBeLessThan(20);
  });

  test("what is left as soon as enough is found does not end the others", async () => {
    const filter = { op: "search" as const, column: "body", value: "null 1" };
    const { answers } = await counted([{ ...up, filter, limit: 3 }, up]);
    expect(numbers(answers[0])).toEqual([1, 10, 11]);
    expect(numbers(answers[1])).toHaveLength(size);
  });
});
