import type { Clock, ConvergeOptions, ConvergeReport, Table } from "@stowage/core/engine";
import { KvEngine, readFirst } from "@stowage/kv";
import { Client } from "./client.ts";
import { translate } from "./errors.ts";
import { type DynamoDBOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { DynamoPort } from "./port.ts";
import { ensureTable } from "./table.ts";

/** Settings of the engine that are no matter of where the table is. */
export interface DynamoDBEngineSettings {
  readonly clock?: Pick<Clock, "sequence">;
}

/** The engine on a DynamoDB table. */
export class DynamoDBEngine extends KvEngine {
  private readonly client: Client;
  private readonly options: ResolvedOptions;
  private isTableKnown = false;

  constructor(options: DynamoDBOptions, { clock }: DynamoDBEngineSettings = {}) {
    const resolved = resolveOptions(options);
    const client = new Client(resolved);
    super(readFirst(new DynamoPort({ client, keyPrefix: resolved.keyPrefix, ttl: resolved.ttl, clock })));
    this.client = client;
    this.options = resolved;
  }

  /** Requests sent so far. */
  get requests(): number {
    return this.client.requests;
  }

  override async converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    if (!this.isTableKnown) {
      await ensureTable(this.client, this.options.createTable === true, this.options.ttl).catch((error: unknown) => {
        throw translate(error);
      });
      this.isTableKnown = true;
    }
    return super.converge(tables, options);
  }
}

/** Making the engine sends nothing. */
export const dynamodbEngine = (options: DynamoDBOptions, settings: DynamoDBEngineSettings = {}): DynamoDBEngine =>
  new DynamoDBEngine(options, settings);
