import { type FixtureKey, fixtures, fullScale, quickScale, type Scale } from "../fixtures.ts";
import { type Call, operationByKey, trialData } from "../operations.ts";
import type { Subject } from "../subject.ts";
import { type Binding, type Counts, counting } from "./counting.ts";

/** What a Worker is asked to do. */
export type Order =
  | { readonly fill: FixtureKey; readonly quick: boolean }
  | { readonly bare: true; readonly turns: number }
  | { readonly operation: string; readonly turns: number; readonly quick: boolean };

/** What some calls took: milliseconds of a call, and what went to the database for it. */
export interface Answer {
  readonly time: number;
  readonly requests: number;
  readonly statements: number;
}

/** What a request takes that asks for nothing and stands in no store. */
async function measureBare(request: () => Promise<unknown>, turns: number): Promise<Answer> {
  await request();
  const begin = performance.now();
  for (let turn = 0; turn < turns; turn++) await request();
  return { time: (performance.now() - begin) / turns, requests: 1, statements: 1 };
}

/** A Worker that fills a store and measures calls of it, all inside. */
export function benchWorker(open: (binding: Binding) => Promise<Subject>) {
  const counts: Counts = { requests: 0, statements: 0 };
  const calls = new Map<string, { readonly call: Call; turn: number }>();
  let opened: Promise<Subject> | undefined;

  const measure = async (
    subject: Subject,
    key: string,
    turns: number,
    scale: Scale,
    tick: () => Promise<unknown>,
  ): Promise<Answer> => {
    const operation = operationByKey.get(key);
    if (!operation) throw new Error(`no operation ${key}`);
    const state = calls.get(key) ?? { call: operation.call(subject, trialData(operation), scale), turn: 0 };
    calls.set(key, state);
    const { call } = state;
    const inputs = Array.from({ length: turns }, () => call.input(state.turn++));
    // The clock of a Worker stands still between two answers from outside.
    await tick();
    const before = { ...counts };
    const begin = performance.now();
    const results: unknown[] = [];
    for (const input of inputs) results.push(await call.run(input));
    const time = (performance.now() - begin) / turns;
    for (const result of results) call.check(result);
    return {
      time,
      requests: (counts.requests - before.requests) / turns,
      statements: (counts.statements - before.statements) / turns,
    };
  };

  return {
    async fetch(request: Request, { DB }: { readonly DB: Binding }): Promise<Response> {
      try {
        opened ??= open(counting(DB, counts));
        const subject = await opened;
        const order = (await request.json()) as Order;
        const scale = "quick" in order && order.quick ? quickScale : fullScale;
        if ("fill" in order) {
          await fixtures[order.fill](subject, scale);
          return Response.json({});
        }
        const tick = () => DB.prepare("SELECT 1").run();
        if ("bare" in order) return Response.json(await measureBare(tick, order.turns));
        return Response.json(await measure(subject, order.operation, order.turns, scale, tick));
      } catch (error) {
        return new Response(error instanceof Error ? error.message : String(error), { status: 500 });
      }
    },
  };
}
