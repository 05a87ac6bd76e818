import { type ConvexCaller, ConvexStore } from "@stowage/convex";
import { budgetSuite } from "@stowage/testkit";
import { deployment } from "./deployment.ts";

const { query, mutation }: ConvexCaller = deployment();
let requests = 0;
const client: ConvexCaller = {
  query: (reference: unknown, args: unknown) => {
    requests++;
    return query(reference, args);
  },
  mutation: (reference: unknown, args: unknown) => {
    requests++;
    return mutation(reference, args);
  },
};

budgetSuite("convex", { open: () => new ConvexStore({ id: "budget", client }), requests: () => requests });
