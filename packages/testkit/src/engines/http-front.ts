import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a front does with the next request. */
export type FrontFault =
  /** Answers with a status, and does not pass it on. */
  | { readonly kind: "status"; readonly status: number; readonly body: string }
  /** Passes it on, and ends the connection instead of answering. */
  | { readonly kind: "lost" }
  /** Passes it on, and answers as a proxy does whose patience is at its end. */
  | { readonly kind: "gateway" };

/** A request as a front is asked to answer it. */
export interface FrontRequest {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface FrontAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

/** The HTTP interface of a hosted database before an engine on this machine, with the faults of a network when asked. */
export abstract class HttpFront<Fault extends { readonly kind: string } = never> {
  /** Where it listens; empty before {@link listen}. */
  url = "";
  private readonly server: Server;
  private readonly faults: (FrontFault | Fault)[] = [];

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** What comes back of one request. `fault` is one of the kinds that only this front has. */
  protected abstract answer(request: FrontRequest, fault: Fault | undefined): Promise<FrontAnswer>;

  /** On a free port of this machine. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests to come meet these, one after the other. */
  plan(...faults: readonly (FrontFault | Fault)[]): void {
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
    const give = ({ status, body }: FrontAnswer) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(body);
    const fault = this.faults.shift();
    if (isStatus(fault)) return give(fault);
    const { url = "", headers } = request;
    const isOwn = fault && fault.kind !== "lost" && fault.kind !== "gateway";
    const answer = await this.answer(
      { url, headers, body: Buffer.concat(chunks) },
      isOwn ? (fault as Fault) : undefined,
    );
    if (fault?.kind === "lost") return void request.socket.destroy();
    give(fault?.kind === "gateway" ? { status: 504, body: "<html>Gateway Time-out</html>" } : answer);
  }
}

const isStatus = (fault: { readonly kind: string } | undefined): fault is Extract<FrontFault, { kind: "status" }> =>
  fault?.kind === "status";
