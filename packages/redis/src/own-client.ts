import type { RedisClientType } from "redis";
import { connectionOf, senderOf } from "./clients.ts";
import type { RedisConnection } from "./connection.ts";
import type { ServerOptions } from "./options.ts";

/** The client of a store's own: opened at the first request, and again when the first try failed. */
export class OwnClient {
  readonly connection: RedisConnection;
  private readonly options: ServerOptions;
  private client: Promise<RedisClientType> | undefined;
  private connecting: Promise<unknown> | undefined;

  constructor(options: ServerOptions) {
    this.options = options;
    this.connection = connectionOf(
      async () => senderOf(await this.open()),
      () => this.close(),
    );
  }

  /** The client, opened. */
  async open(): Promise<RedisClientType> {
    this.client ??= create(this.options);
    const client = await this.client;
    if (client.isReady || (client.isOpen && !this.connecting)) return client;
    this.connecting ??= client.connect().finally(() => {
      this.connecting = undefined;
    });
    await this.connecting;
    return client;
  }

  private async close(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    if (client?.isOpen) await client.close();
  }
}

/** How long a server that was there once is waited for between two tries to reach it, in milliseconds. */
const longestWait = 2_000;

async function create({ url, host, port, password, database }: ServerOptions): Promise<RedisClientType> {
  const { createClient } = await import("redis");
  let wasReady = false;
  const client = createClient({
    ...(url !== undefined && { url }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    // The older protocol is spoken by every server there is, and nothing here needs the newer one.
    RESP: 2,
    // A request is refused while the server is away: those above know how long they want to wait.
    disableOfflineQueue: true,
    // Its time limit of every command is a timer that is never taken back, and holds until the command is sent only: a call's
    // deadline holds until the answer.
    commandOptions: { timeout: 0 },
    socket: {
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
      connectTimeout: 5_000,
      reconnectStrategy: (retries) => wasReady && Math.min(longestWait, 25 * 2 ** retries),
    },
  });
  client.on("ready", () => {
    wasReady = true;
  });
  // Told to the requests under way; as an event without a listener it would end the process.
  client.on("error", () => undefined);
  return client as unknown as RedisClientType;
}
