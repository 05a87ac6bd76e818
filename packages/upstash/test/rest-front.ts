import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type NodeRedisClient, redisEngine } from "@stowage/redis";

/** What the front does with the next request. */
export type Fault =
  /** Refuses it with a status, and does not pass it on. */
  | { readonly kind: "status"; readonly status: number; readonly body: string }
  /** Passes it on, and ends the connection instead of answering. */
  | { readonly kind: "lost" }
  /** Passes it on, and answers as a proxy does whose patience is at its end. */
  | { readonly kind: "gateway" }
  /** Passes on all commands of a pipeline but the last, which fails with these words. */
  | { readonly kind: "part"; readonly error: string };

/** Upstash's REST interface before a Redis: a command or a pipeline of them, a token, answers in base64 when asked. */
export class RestFront {
  readonly token = "secret-token";
  /** The commands of each request that came, by name. */
  readonly requests: string[][] = [];
  private readonly server: Server;
  private readonly engine: ReturnType<typeof redisEngine>;
  private readonly faults: Fault[] = [];
  url = "";

  constructor(connectionString: string) {
    this.engine = redisEngine({ connectionString });
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
    await this.engine.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown) =>
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return void answer(401, { error: "WRONGPASS invalid or missing auth token" });
    }
    const body = Buffer.concat(chunks);
    if (body.length > 10_000_000) {
      return void answer(400, { error: "ERR max request size exceeded. Limit: 10000000 bytes" });
    }
    const isPipeline = request.url === "/pipeline";
    const parsed = JSON.parse(body.toString()) as unknown[];
    const commands = (isPipeline ? (parsed as unknown[][]) : [parsed]).map((command) => command.map(String));
    this.requests.push(commands.map((command) => command[0] as string));
    const fault = this.faults.shift();
    if (fault?.kind === "status") return void answer(fault.status, fault.body);
    const refused = fault?.kind === "part" ? fault.error : undefined;
    const isEncoded = request.headers["upstash-encoding"] === "base64";
    const results: { result?: unknown; error?: string }[] = [];
    for (const [index, command] of commands.entries()) {
      const isRefused = refused !== undefined && index === commands.length - 1;
      results.push(isRefused ? { error: refused } : await this.run(command, isEncoded));
    }
    if (fault?.kind === "lost") return void request.socket.destroy();
    if (fault?.kind === "gateway") return void answer(504, "<html>Gateway Time-out</html>");
    if (isPipeline) return void answer(200, results);
    answer(results[0]?.error === undefined ? 200 : 400, results[0]);
  }

  private async run(command: string[], isEncoded: boolean): Promise<{ result?: unknown; error?: string }> {
    try {
      const client = (await this.engine.getClient()) as NodeRedisClient;
      const result: unknown = await client.sendCommand(command);
      return { result: isEncoded ? encoded(result) : result };
    } catch (error) {
      return { error: (error as Error).message };
    }
  }
}

function encoded(result: unknown): unknown {
  if (typeof result === "string") return result === "OK" ? result : Buffer.from(result).toString("base64");
  return Array.isArray(result) ? result.map(encoded) : result;
}
