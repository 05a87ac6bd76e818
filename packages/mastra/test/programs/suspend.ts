import { LibSQLStore } from "@stowage/libsql";
import { toMastraStorage } from "@stowage/mastra";
import { supportDesk } from "../support-desk.ts";

// Starts a run that waits for a person, and dies without a goodbye: `suspend.ts <url> <runId>`.

const [url = "", runId = ""] = process.argv.slice(2);
const { workflow, agent } = supportDesk(toMastraStorage(new LibSQLStore({ id: "first", url })));
await agent.generate("Where is order A-1?", { memory: { thread: "thread-1", resource: "ada" } });
const run = await workflow.createRun({ runId });
const { status } = await run.start({ inputData: { amount: 20 } });
if (status !== "suspended") throw new Error(`the run is ${status}`);
process.kill(process.pid, "SIGKILL");
