import { type FrontAnswer, type FrontRequest, HttpFront } from "@stowage/testkit/engines";
import { makeFunctionReference } from "convex/server";
import { convexToJson, jsonToConvex } from "convex/values";
import { type Deployment, deployment } from "./deployment.ts";

/** The HTTP interface of a deployment: two paths, a key, answers in Convex's own encoding. */
export class ConvexFront extends HttpFront {
  readonly key = "dev:secret-key|0123";
  readonly deployment: Deployment;

  constructor(secret?: string) {
    super();
    this.deployment = deployment(secret);
  }

  protected async answer({ url, headers, body }: FrontRequest): Promise<FrontAnswer> {
    const { authorization } = headers;
    if (authorization !== undefined && authorization !== `Convex ${this.key}`) {
      const refusal = { code: "BadAdminKey", message: "The provided admin key was invalid" };
      return { status: 401, body: JSON.stringify(refusal) };
    }
    const { path, args } = JSON.parse(body.toString()) as { path: string; args: [never] };
    try {
      const given = jsonToConvex(args[0]) as never;
      const value: unknown = await (url === "/api/query"
        ? this.deployment.query(makeFunctionReference<"query">(path), given)
        : this.deployment.mutation(makeFunctionReference<"mutation">(path), given));
      return { status: 200, body: JSON.stringify({ status: "success", value: convexToJson(value as never) }) };
    } catch (error) {
      const { data, message } = error as { data?: never; message: string };
      const errorMessage = `[Request ID: 1] Server Error\nUncaught Error: ${message}`;
      const errorData = data === undefined ? {} : { errorData: convexToJson(data) };
      return { status: 560, body: JSON.stringify({ status: "error", errorMessage, ...errorData }) };
    }
  }
}
