import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { makeFunctionReference } from "convex/server";
import { convexToJson, jsonToConvex } from "convex/values";
import { type Deployment, deployment } from "./deployment.ts";

/** What the front does with the next request. */
export type Fault =
  /** Answers with a status, and does not pass it on. */
  | { readonly kind: "status"; readonly status: number; readonly body: string }
  /** Passes it on, and ends the connection instead of answering. */
  | { readonly kind: "lost" }
  /** Passes it on, and answers as a proxy does whose patience is at its end. */
  | { readonly kind: "gateway" };

/** The HTTP interface of a deployment: two paths, a key, answers in Convex's own encoding. */
export class HttpFront {
  readonly key = "dev:secret-key|0123";
  readonly deployment: Deployment;
  /** The path of each request that came. */
  readonly requests: string[] = [];
  url = "";
  private readonly server: Server;
  private readonly faults: Fault[] = [];

  constructor(secret?: string) {
    this.deployment = deployment(secret);
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests to come meet these, one after the other. */
  plan(...faults: readonly Fault[]): void {
    this.faults.push(...faults);
  }

  /** Forgets the faults that nobody has met. */
  clear(): void {
    this.faults.length = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: string) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(body);
    this.requests.push(request.url ?? "");
    const fault = this.faults.shift();
    if (fault?.kind === "status") return answer(fault.status, fault.body);
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== `Convex ${this.key}`) {
      return answer(401, JSON.stringify({ code: "BadAdminKey", message: "The provided admin key was invalid" }));
    }
    const { status, body } = await this.run(request.url ?? "", Buffer.concat(chunks).toString());
    if (fault?.kind === "lost") return void request.socket.destroy();
    if (fault?.kind === "gateway") return answer(504, "<html>Gateway Time-out</html>");
    answer(status, body);
  }

  private async run(url: string, text: string): Promise<{ status: number; body: string }> {
    const { path, args } = JSON.parse(text) as { path: string; args: [never] };
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
