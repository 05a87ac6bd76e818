import * as peerTables from "@mastra/convex/schema";
import * as peerFunctions from "@mastra/convex/server";
import { stowageFunctions, stowageTables } from "@stowage/convex/server";
import { type FrontAnswer, type FrontRequest, HttpFront } from "@stowage/testkit/engines";
import { defineSchema, makeFunctionReference } from "convex/server";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { convexTest } from "convex-test";

const schema = defineSchema({
  ...stowageTables,
  mastra_threads: peerTables.mastraThreadsTable,
  mastra_messages: peerTables.mastraMessagesTable,
  mastra_resources: peerTables.mastraResourcesTable,
  mastra_workflow_snapshots: peerTables.mastraWorkflowSnapshotsTable,
  mastra_scorers: peerTables.mastraScoresTable,
  mastra_observational_memory: peerTables.mastraObservationalMemoryTable,
});

/** A deployment in memory with the functions of both, as their manuals have them installed. */
const deployment = () =>
  convexTest({
    schema,
    modules: {
      "/convex/_generated/api.js": async () => ({}),
      "/convex/stowage/storage.ts": async () => stowageFunctions(),
      "/convex/mastra/storage.ts": async () => ({ handle: peerFunctions.mastraStorage }),
    },
    transactionLimits: true,
  });

/** The HTTP interface of Convex before mocks of it, one for each path. */
export class ConvexFront extends HttpFront {
  readonly key = "bench";
  private readonly deployments = new Map<string, ReturnType<typeof deployment>>();

  forget(path: string): void {
    this.deployments.delete(path);
  }

  protected async answer({ url, body }: FrontRequest): Promise<FrontAnswer> {
    const [, path, kind] = /^(\/\d+)\/api\/(\w+)/.exec(url) ?? [];
    if (path === undefined) return { status: 404, body: "{}" };
    const target = this.deployments.get(path) ?? deployment();
    this.deployments.set(path, target);
    const { path: name, args } = JSON.parse(body.toString()) as { path: string; args: unknown };
    try {
      const given = jsonToConvex((Array.isArray(args) ? args[0] : args) as never) as never;
      const value: unknown = await (kind === "query"
        ? target.query(makeFunctionReference<"query">(name), given)
        : target.mutation(makeFunctionReference<"mutation">(name), given));
      return {
        status: 200,
        body: JSON.stringify({ status: "success", value: convexToJson((value ?? null) as Value) }),
      };
    } catch (error) {
      const { data, message } = error as { data?: Value; message: string };
      const errorData = data === undefined ? {} : { errorData: convexToJson(data) };
      return { status: 560, body: JSON.stringify({ status: "error", errorMessage: message, ...errorData }) };
    }
  }
}
