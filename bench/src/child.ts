/** The process of one task: its name and arguments come as a message, and the answer goes back the same way. */
import { tasks } from "./tasks.ts";

process.once("message", async ({ name, args }: { name: keyof typeof tasks; args: never }) => {
  try {
    process.send!({ result: (await tasks[name](args)) ?? null }, () => process.disconnect());
  } catch (error) {
    process.send!({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
      process.exit(1),
    );
  }
});
