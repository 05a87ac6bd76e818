import { createServer, type Server, type Socket } from "node:net";

/** What the listener does with the requests of a session, after its login. */
export type Behaviour = "answers" | "cuts before" | "cuts within" | "is silent" | "refuses";

const packet = (type: number, body: Buffer): Buffer => {
  const head = Buffer.from([type, 1, 0, 0, 0, 0, 1, 0]);
  head.writeUInt16BE(body.length + 8, 2);
  return Buffer.concat([head, body]);
};

/** Pre-login: version 16, no encryption, no instance, one session at a time. */
const preLogin = Buffer.from([
  ...[0, 0, 16, 0, 6, 1, 0, 22, 0, 1, 0xff],
  ...[0, 0, 0, 0, 0],
  ...[16, 0, 0, 0, 0, 0],
  2,
]);

const ucs2 = (text: string) => Buffer.from(text, "utf16le");
const short = (value: number) => Buffer.from([value & 0xff, value >> 8]);
const long = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const token = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type]), short(body.length), body]);
const done = (status = 0) => Buffer.concat([Buffer.from([0xfd]), short(status), short(0), Buffer.alloc(8)]);

/** The server's acknowledgement of a login at TDS 7.4. */
const loginAck = Buffer.concat([
  token(0xad, Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4, 4]), ucs2("test"), Buffer.from([16, 0, 0, 0])])),
  done(),
]);

/** An error as the server sends it. */
const failure = (number: number, severity: number, text: string) =>
  Buffer.concat([
    token(
      0xaa,
      Buffer.concat([
        ...[long(number), Buffer.from([1, severity]), short(text.length), ucs2(text)],
        ...[Buffer.from([1]), ucs2("s"), Buffer.from([0]), long(1)],
      ]),
    ),
    done(2),
  ]);

/** One row of integers: what the engine asks first about the database. */
function row(values: readonly number[]): Buffer {
  const columns = values.map(() => Buffer.from([0, 0, 0, 0, 0, 0, 0x38, 0]));
  return Buffer.concat([
    ...[Buffer.from([0x81]), short(values.length), ...columns],
    ...[Buffer.from([0xd1]), ...values.map(long), done(0x10)],
  ]);
}

/** Reads packets out of a stream of bytes. */
function packets(socket: Socket, take: (type: number, body: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  let message = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 8 && pending.length >= pending.readUInt16BE(2)) {
      const length = pending.readUInt16BE(2);
      message = Buffer.concat([message, pending.subarray(8, length)]);
      const [type, status] = [pending[0] as number, pending[1] as number];
      pending = pending.subarray(length);
      if ((status & 1) === 0) continue;
      take(type, message);
      message = Buffer.alloc(0);
    }
  });
}

/**
 * A listener that speaks as much TDS as it takes to log in and to be asked, and then misbehaves as it is told. It knows no
 * SQL: the first request of all is answered as the question about the database, the others by `behaviour`.
 */
export class TdsListener {
  behaviour: Behaviour = "answers";
  /** What a refusal says. */
  refusal = { number: 1205, severity: 13, text: "deadlock" };
  /** With what logins are turned away; none are without it. */
  loginRefusal: { readonly number: number; readonly text: string } | undefined;
  requests = 0;
  port = 0;
  private asked = false;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor() {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.sockets.delete(socket));
      packets(socket, (type) => this.answer(socket, type));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(socket: Socket, type: number): void {
    // An attention, which is how a request is cancelled: its answer ends, then the attention is acknowledged.
    if (type === 6) {
      socket.write(Buffer.concat([packet(4, done()), packet(4, done(0x20))]));
      return;
    }
    const body = this.sessionAnswer(type);
    if (body) {
      socket.write(packet(4, body));
      return;
    }
    this.requests++;
    switch (this.behaviour) {
      case "answers":
        socket.write(packet(4, done()));
        break;
      case "refuses":
        socket.write(packet(4, failure(this.refusal.number, this.refusal.severity, this.refusal.text)));
        break;
      case "cuts before":
        socket.destroy();
        break;
      case "cuts within":
        socket.write(packet(4, row([1, 2, 3])).subarray(0, 20), () => socket.destroy());
        break;
      case "is silent":
        break;
    }
  }

  /** What belongs to every session: nothing for the requests that a test is about. */
  private sessionAnswer(type: number): Buffer | undefined {
    if (type === 18) return preLogin;
    if (type === 16) {
      const { number, text } = this.loginRefusal ?? {};
      return number === undefined ? loginAck : failure(number, 14, text ?? "");
    }
    // A plain batch, with which the client sets its session up.
    if (type === 1) return done();
    if (this.asked) return undefined;
    this.asked = true;
    return row([1, 0, 160]);
  }
}
