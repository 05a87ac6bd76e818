import { createStep, createWorkflow } from "@mastra/core/workflows";
import { z } from "zod";
import { orders } from "./tickets.ts";

const request = z.object({ ticket: z.string(), order: z.string() });
const priced = request.extend({ amount: z.number() });
const decision = z.object({ approved: z.boolean(), by: z.string(), reason: z.string() });
const decided = priced.extend({ decision });

const findAmount = createStep({
  id: "find-amount",
  inputSchema: request,
  outputSchema: priced,
  execute: async ({ inputData }) => ({ ...inputData, amount: orders[inputData.order]?.total ?? 0 }),
});

/** Stops until a person has decided. The run is kept in storage meanwhile, and any process may resume it. */
const askForApproval = createStep({
  id: "ask-for-approval",
  inputSchema: priced,
  outputSchema: decided,
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: decision,
  execute: async ({ inputData, resumeData, suspend }) => {
    if (resumeData) return { ...inputData, decision: resumeData };
    await suspend({ question: `Refund ${inputData.amount.toFixed(2)} € for order ${inputData.order}?` });
    return { ...inputData, decision: { approved: false, by: "", reason: "" } };
  },
});

const carryOut = createStep({
  id: "carry-out",
  inputSchema: decided,
  outputSchema: z.object({ order: z.string(), paid: z.number(), by: z.string() }),
  execute: async ({ inputData: { order, amount, decision } }) => ({
    order,
    paid: decision.approved ? amount : 0,
    by: decision.by,
  }),
});

/** A refund that a person must approve. */
export const refundWorkflow = createWorkflow({
  id: "refund",
  inputSchema: request,
  outputSchema: z.object({ order: z.string(), paid: z.number(), by: z.string() }),
})
  .then(findAmount)
  .then(askForApproval)
  .then(carryOut)
  .commit();
