import { capabilities } from "./capabilities.ts";
import { clientConnection, type RedisClient } from "./clients.ts";
import { type RedisOptions, resolveOptions } from "./options.ts";
import { OwnClient } from "./own-client.ts";
import { RedisEngine, type RedisEngineSettings } from "./redis-engine.ts";

/** The engine on a Redis server, or on the caller's client. */
export class RedisServerEngine extends RedisEngine {
  private readonly open: () => Promise<RedisClient>;

  constructor(options: RedisOptions, settings: RedisEngineSettings) {
    const { base, client, server } = resolveOptions(options);
    if (options.hashTag === "scope") {
      settings.logger?.warn("RedisStore: hashTag scope has no effect; all of a store is in one slot of a cluster");
    }
    const own = server && new OwnClient(server);
    const connection = own?.connection ?? clientConnection(client as RedisClient);
    super({ name: "redis", connection, capabilities, base, ...settings });
    this.open = async () => own?.open() ?? (client as RedisClient);
  }

  /** The client given, or the one made from the options, opened. */
  getClient(): Promise<RedisClient> {
    return this.open();
  }
}

/** Making the engine opens nothing. */
export const redisEngine = (options: RedisOptions, settings: RedisEngineSettings = {}): RedisServerEngine =>
  new RedisServerEngine(options, settings);
