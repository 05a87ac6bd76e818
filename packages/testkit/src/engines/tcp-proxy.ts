import { connect, createServer, type Server, type Socket } from "node:net";

export interface Cut {
  /** Which way the bytes go that are counted. */
  readonly from: "client" | "server";
  /** The connection is cut when so many of them have been let through. */
  readonly after: number;
}

/** A proxy before a server that cuts a connection where a test wants it, and counts what goes through. */
export class TcpProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private cut: Cut | undefined;
  private passed = { client: 0, server: 0 };
  port = 0;

  constructor(target: number) {
    this.server = createServer((client) => {
      const upstream = connect(target, "127.0.0.1");
      for (const socket of [client, upstream]) {
        socket.setNoDelay(true);
        this.sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          this.sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.on("data", (chunk) => this.pass("client", chunk, upstream, client));
      upstream.on("data", (chunk) => this.pass("server", chunk, client, upstream));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.address() as { port: number }).port;
  }

  /** Counts anew, and cuts the next connection that lets so many bytes through. */
  arm(cut: Cut | undefined): void {
    this.cut = cut;
    this.passed = { client: 0, server: 0 };
  }

  /** Bytes let through since it was armed. */
  get counted(): { readonly client: number; readonly server: number } {
    return this.passed;
  }

  /** Whether the cut was made. */
  get isSpent(): boolean {
    return this.cut === undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(from: "client" | "server", chunk: Buffer, to: Socket, source: Socket): void {
    const { cut } = this;
    const left = cut?.from === from ? cut.after - this.passed[from] : Number.POSITIVE_INFINITY;
    if (chunk.length < left) {
      this.passed[from] += chunk.length;
      to.write(chunk);
      return;
    }
    this.cut = undefined;
    this.passed[from] += left;
    const part = chunk.subarray(0, left);
    if (part.length === 0) {
      to.destroy();
      source.destroy();
    } else {
      to.write(part, () => {
        to.destroy();
        source.destroy();
      });
    }
  }
}
