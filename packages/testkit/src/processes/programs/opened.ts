import type { CreateSpanRecord } from "@stowage/core";
import type { StorageModule } from "../harness.ts";

/** What every program is told: `<module> <place as JSON> <name> …`. */
const [module = "", place = "[]", name = "", ...rest] = process.argv.slice(2);
const { openStorage } = (await import(module)) as StorageModule;

/** The storage that the programs of a suite share, and this one's name and further arguments. */
export const storage = openStorage(JSON.parse(place) as string[]);
export { name, rest };

/** The domains that the programs write. */
export async function domains() {
  const [memory, workflows, observability, agents] = await Promise.all([
    storage.getStore("memory"),
    storage.getStore("workflows"),
    storage.getStore("observability"),
    storage.getStore("agents"),
  ]);
  if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");
  return { memory, workflows, observability, agents };
}

export const isTemporary = (error: unknown): boolean => (error as { retry?: string }).retry !== "permanent";
export const message = (threadId: string, id: string, createdAt: Date) => ({
  id,
  threadId,
  resourceId: "r",
  role: "user" as const,
  createdAt,
  content: { format: 2 as const, parts: [{ type: "text" as const, text: `${id} ${body}` }] },
});
/** What makes a record as large as they are in the field. */
const body = "x".repeat(2000);
export const span = (traceId: string, spanId: string, parentSpanId: string | null): CreateSpanRecord => ({
  traceId,
  spanId,
  parentSpanId,
  name: spanId,
  spanType: "generic",
  isEvent: false,
  startedAt: new Date(),
  endedAt: new Date(),
  input: { body },
});
export const stepResult = (output: number) => ({
  status: "success" as const,
  output,
  payload: {},
  startedAt: 1,
  endedAt: 2,
});
export const model = { provider: "p", name: "m" };
