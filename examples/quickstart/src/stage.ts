import { closeDesk, openDesk } from "./desk.ts";
import { runExperiment, storeAgent } from "./evaluate.ts";
import { handleTickets } from "./handle-tickets.ts";
import { resumeRefunds } from "./resume-refunds.ts";
import { tickets } from "./tickets.ts";

// One process of the quick start: `stage.ts <first|second> <url>`. The first stops in the middle without a goodbye.
const [stage, url = ""] = process.argv.slice(2);
const desk = openDesk(url);

const stop = async (signal: NodeJS.Signals) => {
  await desk.storage.close();
  process.exit(signal === "SIGINT" ? 130 : 143);
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const memory = await desk.storage.getStore("memory");
const { total } = (await memory?.listThreads({ perPage: 0, filter: { metadata: { ticket: "TCK-1041" } } })) ?? {
  total: 0,
};

if (stage === "first") {
  await handleTickets(desk, tickets.slice(0, 3), total + 1);
  await desk.mastra.observability.getDefaultInstance()?.flush();
  // As if the power went: nothing is closed, nothing is said to the database.
  process.kill(process.pid, "SIGKILL");
}
await resumeRefunds(desk);
await handleTickets(desk, tickets.slice(3), total);
await resumeRefunds(desk);
await storeAgent(desk);
await runExperiment(desk);
await closeDesk(desk);
