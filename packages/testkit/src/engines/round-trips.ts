import { Socket } from "node:net";

let isCounting = false;
let roundTrips = 0;
const waiting = new WeakSet<Socket>();

/**
 * Counts what this process asks of servers, whatever the client: a round trip is everything written to a connection until
 * something comes back on it. A pipeline is one; a request of HTTP is one; what goes over two connections at once is two. A
 * server in this process is not counted for its answers.
 */
export function countRoundTrips(): void {
  if (isCounting) return;
  isCounting = true;
  const { write, push } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
    const isAnswer = (this as { server?: unknown }).server;
    if (!waiting.has(this) && !isAnswer) {
      waiting.add(this);
      roundTrips++;
    }
    return write.apply(this, args);
  } as typeof write;
  Socket.prototype.push = function (this: Socket, ...args: Parameters<typeof push>) {
    waiting.delete(this);
    return push.apply(this, args);
  };
}

/** Round trips begun since {@link countRoundTrips}. */
export const countedRoundTrips = (): number => roundTrips;
