import type { StorageModule } from "../harness.ts";

/** What every program is told: `<module> <place as JSON> <name> …`. */
const [module = "", place = "[]", name = "", ...rest] = process.argv.slice(2);
const { openStorage } = (await import(module)) as StorageModule;

/** The storage that the programs of a suite share, and this one's name and further arguments. */
export const storage = openStorage(JSON.parse(place) as string[]);
export { name, rest };

/** The three domains that the programs write. */
export async function domains() {
  const [memory, workflows, agents] = await Promise.all([
    storage.getStore("memory"),
    storage.getStore("workflows"),
    storage.getStore("agents"),
  ]);
  if (!memory || !workflows || !agents) throw new Error("a domain is missing");
  return { memory, workflows, agents };
}

export const isTemporary = (error: unknown): boolean => (error as { retry?: string }).retry !== "permanent";
export const message = (threadId: string, id: string, createdAt: Date) => ({
  id,
  threadId,
  resourceId: "r",
  role: "user" as const,
  createdAt,
  content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
});
export const stepResult = (output: number) => ({
  status: "success" as const,
  output,
  payload: {},
  startedAt: 1,
  endedAt: 2,
});
export const model = { provider: "p", name: "m" };
