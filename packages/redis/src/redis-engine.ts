import type { Capabilities, ConvergeOptions, ConvergeReport, Table } from "@stowage/core/engine";
import { KvEngine } from "@stowage/kv";
import type { RedisConnection } from "./connection.ts";
import type { Failure } from "./errors.ts";
import { RedisPort } from "./port.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface RedisEngineSettings {
  /** Takes the warning about a server that drops keys when its memory is full. */
  readonly logger?: { warn(message: string): void };
}

export interface RedisEngineConfig extends RedisEngineSettings {
  readonly name: string;
  readonly connection: RedisConnection;
  readonly capabilities: Capabilities;
  /** What every key begins with, hash tag included. */
  readonly base: string;
  /** About how many bytes of rows one answer holds. Default 8 MiB. */
  readonly answerBytes?: number;
  readonly classify?: (error: unknown) => Failure;
}

/** The engine on any connection to a Redis. */
export class RedisEngine extends KvEngine {
  private readonly connection: RedisConnection;
  private readonly logger: RedisEngineSettings["logger"];
  private isWarned = false;

  constructor({
    name,
    connection,
    capabilities,
    base,
    answerBytes = 8 * 2 ** 20,
    classify,
    logger,
  }: RedisEngineConfig) {
    super(new RedisPort({ name, connection, capabilities, base, answerBytes, ...(classify && { classify }) }));
    this.connection = connection;
    this.logger = logger;
  }

  override async converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    const report = await super.converge(tables, options);
    await this.warnOfEviction();
    return report;
  }

  private async warnOfEviction(): Promise<void> {
    if (!this.logger || this.isWarned) return;
    this.isWarned = true;
    const policy = await this.connection.evictionPolicy().catch(() => undefined);
    if (policy === undefined || policy === "noeviction") return;
    this.logger.warn(
      `${this.name}: maxmemory-policy is ${policy}; a server whose memory is full then drops records without a word. Set it to noeviction`,
    );
  }
}
