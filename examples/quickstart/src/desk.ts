import { Agent } from "@mastra/core/agent";
import { createScorer } from "@mastra/core/evals";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { Memory } from "@mastra/memory";
import { MastraStorageExporter, Observability } from "@mastra/observability";
import { LibSQLStore } from "@stowage/libsql";
import { toMastraStorage } from "@stowage/mastra";
import { z } from "zod";
import { deskModel } from "./model.ts";
import { refundWorkflow } from "./refund-workflow.ts";
import { orders, tickets } from "./tickets.ts";

const lookUpOrder = createTool({
  id: "lookUpOrder",
  description: "Finds an order by its number",
  inputSchema: z.object({ order: z.string() }),
  outputSchema: z.object({ order: z.string(), found: z.boolean(), state: z.string(), note: z.string() }),
  execute: async ({ order }) => {
    const { state, note } = orders[order] ?? { state: "unknown", note: "" };
    return { order, found: order in orders, state, note };
  },
});

/** 1 when the answer holds what the ticket's author needs to know. */
const helpfulness = createScorer({
  id: "helpfulness",
  name: "Helpfulness",
  description: "Whether the answer holds what the customer needs to know",
}).generateScore(({ run }) => {
  const expected = tickets.find(({ text }) => JSON.stringify(run.input).includes(text.slice(0, 40)))?.expected ?? "";
  return JSON.stringify(run.output).includes(expected) ? 1 : 0;
});

/** The support desk over one database file: the whole of Mastra is real, its storage is Stowage. */
export function openDesk(url: string) {
  const storage = new LibSQLStore({ id: "quickstart", url });
  const hostStorage = toMastraStorage(storage);
  const memory = new Memory({
    storage: hostStorage,
    options: {
      lastMessages: 20,
      workingMemory: { enabled: true, scope: "resource", template: "# Customer\n- Name:\n- Last asked:" },
    },
  });
  const desk = new Agent({
    id: "desk",
    name: "Support desk",
    instructions: "You answer the letters of a furniture shop's customers. Look orders up before you speak of them.",
    model: deskModel(),
    memory,
    tools: { lookUpOrder },
  });
  const mastra = new Mastra({
    storage: hostStorage,
    agents: { desk },
    workflows: { refund: refundWorkflow },
    scorers: { helpfulness },
    logger: false,
    observability: new Observability({
      configs: { default: { serviceName: "support-desk", exporters: [new MastraStorageExporter()] } },
    }),
  });
  return { storage, mastra };
}

export type Desk = ReturnType<typeof openDesk>;

/** Makes everything traced so far durable and releases the file. */
export async function closeDesk({ storage, mastra }: Desk): Promise<void> {
  await mastra.observability.getDefaultInstance()?.flush();
  await storage.close();
}
