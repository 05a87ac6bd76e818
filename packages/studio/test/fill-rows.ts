import type { MastraCompositeStore } from "@stowage/core";

const minute = 60_000;
const atOnce = 500;
const second = (n: number) => String(n % 60).padStart(2, "0");

/** Numbers from 0, some at a time. */
function* some(count: number): Generator<number[]> {
  for (let from = 0; from < count; from += atOnce) {
    yield Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => from + index);
  }
}

/**
 * Many rows of each of the long lists, written through the storage: traces of an agent with a call of a model, each a minute
 * before the next; threads; and as many messages, all in the thread `long`.
 */
export async function fillRows(storage: MastraCompositeStore, count: number): Promise<void> {
  const observability = await storage.getStore("observability");
  const memory = await storage.getStore("memory");
  if (!observability || !memory) throw new Error("a domain is missing");
  const newest = Date.now() - minute;
  for (const numbers of some(count)) {
    await observability.batchCreateSpans({
      records: numbers.flatMap((n) => {
        const startedAt = new Date(newest - n * minute);
        const endedAt = new Date(startedAt.getTime() + 1500 + (n % 500));
        const shared = {
          traceId: `row-${n}`,
          startedAt,
          endedAt,
          threadId: `row-${n}`,
          resourceId: `owner-${n % 100}`,
        };
        return [
          {
            ...shared,
            spanId: "root",
            name: `run ${n}`,
            spanType: "agent_run",
            entityType: "agent",
            entityName: n % 10 === 0 ? "rare" : "common",
            ...(n % 25 === 0 && { error: { message: "no way" } }),
          },
          {
            ...shared,
            spanId: "call",
            parentSpanId: "root",
            name: "ask",
            spanType: "model_generation",
            attributes: {
              model: "gpt-4o",
              provider: "openai",
              usage: { inputTokens: 100 + (n % 100), outputTokens: 20 },
            },
          },
        ];
      }),
    });
    await Promise.all(
      numbers.map((n) => {
        const time = new Date(newest - n * minute);
        const thread = {
          id: `row-${n}`,
          resourceId: `owner-${n % 100}`,
          title: `Letter ${n}`,
          createdAt: time,
          updatedAt: time,
        };
        return memory.saveThread({ thread });
      }),
    );
  }
  const time = new Date(newest);
  await memory.saveThread({
    thread: { id: "long", resourceId: "owner-0", title: "A long talk", createdAt: time, updatedAt: time },
  });
  for (const numbers of some(count)) {
    await memory.saveMessages({
      messages: numbers.map((n) => ({
        id: `message-${n}`,
        threadId: "long",
        resourceId: "owner-0",
        role: n % 2 === 0 ? "user" : "assistant",
        content: { format: 2, parts: [{ type: "text", text: `Line ${n} at second ${second(n)}.` }] },
        createdAt: new Date(newest - (count - n) * 1000),
      })),
    });
  }
}
