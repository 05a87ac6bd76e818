import type { Desk } from "./desk.ts";
import { say } from "./progress.ts";
import type { Ticket } from "./tickets.ts";

/** Answers the tickets one after the other; a refund starts a workflow, which stops until a person has decided. */
export async function handleTickets({ mastra }: Desk, tickets: readonly Ticket[], round: number): Promise<void> {
  const agent = mastra.getAgent("desk");
  for (const ticket of tickets) {
    const thread = { id: `${ticket.id}-${round}`, title: ticket.text.slice(0, 50), metadata: { ticket: ticket.id } };
    const { text } = await agent.generate(ticket.text, { memory: { thread, resource: ticket.customer } });
    say(`${ticket.id}  ${ticket.name}: ${text}`);
    const order = /refund/i.test(ticket.text) && /ST-\d+/.exec(ticket.text)?.[0];
    if (!order) continue;
    const run = await mastra
      .getWorkflow("refund")
      .createRun({ runId: `refund-${order}-${round}`, resourceId: ticket.customer });
    const { status } = await run.start({ inputData: { ticket: ticket.id, order } });
    say(`${ticket.id}  the refund of ${order} is ${status}: it waits for a person`);
  }
}
