import type { MastraDBMessage, MastraMessagePart } from "@stowage/core";
import type { LibSQLStore } from "@stowage/libsql";

const start = Date.parse("2026-11-20T08:00:00Z");
const at = (minute: number) => new Date(start + minute * 60_000);

/** Beside what the quick start writes: many threads, and a message of every kind of part. */
export async function seed(storage: LibSQLStore): Promise<void> {
  await seedMemory(storage);
}

const say = (text: string): MastraMessagePart => ({ type: "text", text });

const answers: MastraMessagePart[][] = [
  [
    { type: "step-start" },
    {
      type: "reasoning",
      reasoning: "",
      details: [{ type: "text", text: "The customer wants to know where the order is.", signature: "sig" }],
    },
    {
      type: "tool-invocation",
      toolInvocation: {
        state: "result",
        toolCallId: "call-1",
        toolName: "lookUpOrder",
        args: { order: "ST-1041" },
        result: { order: "ST-1041", found: true, state: "shipped" },
      },
    },
    { type: "step-start" },
    say(
      "Your order **ST-1041** is on its way.\n\n```ts\nconst days = 3;\n```\n\n![truck](https://example.org/truck.png)",
    ),
    { type: "source", source: { sourceType: "url", id: "s1", url: "https://example.org/faq", title: "Shipping" } },
  ],
  [
    { type: "file", mimeType: "application/pdf", filename: "label.pdf", data: "https://example.org/label.pdf" },
    { type: "data-refund", data: { order: "ST-1041", amount: 120 } },
    say("A colleague decides about the refund. <img src=x onerror=alert(1)>"),
    { type: "error", error: "The printer did not answer" },
  ],
];

async function seedMemory(storage: LibSQLStore): Promise<void> {
  const memory = await storage.getStore("memory");
  if (!memory) throw new Error("no memory");
  const customers = ["cust-ada", "cust-ben", "cust-eve"];
  for (let number = 0; number < 150; number++) {
    const resourceId = customers[number % 3] as string;
    const id = `thread-${number}`;
    const title = number === 149 ? "Where is order ST-1041?" : `Letter ${number}`;
    const time = at(number);
    await memory.saveThread({
      thread: { id, resourceId, title, metadata: { ticket: `TCK-${number}` }, createdAt: time, updatedAt: time },
    });
  }
  const message = (number: number, role: string, parts: MastraMessagePart[]): MastraDBMessage => ({
    id: `message-${number}`,
    threadId: "thread-149",
    resourceId: "cust-eve",
    role,
    content: { format: 2, parts },
    createdAt: at(200 + number),
  });
  await memory.saveMessages({
    messages: [
      message(0, "user", [say("My name is Eve Lindt. Where is order ST-1041?")]),
      message(1, "assistant", answers[0] as MastraMessagePart[]),
      message(2, "user", [say("I want a refund.")]),
      message(3, "assistant", answers[1] as MastraMessagePart[]),
    ],
  });
  await memory.saveResource({
    resource: {
      id: "cust-eve",
      workingMemory: "# Customer\n- Name: Eve Lindt\n- Last asked: a refund",
      metadata: { plan: "plus" },
      createdAt: at(0),
      updatedAt: at(5),
    },
  });
}
