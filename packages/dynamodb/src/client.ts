import { type CallOptions, StorageError } from "@stowage/core/engine";
import type { DocumentClient } from "./document-client.ts";
import type { ResolvedOptions } from "./options.ts";

/** An item as the document client gives it. */
export type Item = Readonly<Record<string, unknown>>;

/** A request's input, with everything but the table's name. */
export type Input = Readonly<Record<string, unknown>>;

/** The commands of the SDK, which is loaded at the first call. */
type Sdk = typeof import("@aws-sdk/lib-dynamodb") & typeof import("@aws-sdk/client-dynamodb");

/** Sends commands to one table. */
export class Client {
  readonly tableName: string;
  /** Requests sent so far. */
  requests = 0;
  private readonly options: ResolvedOptions;
  private opened: Promise<{ sdk: Sdk; client: DocumentClient }> | undefined;
  private isClosed = false;

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.tableName = options.tableName;
  }

  async send<Output = Item>(
    command: keyof Sdk & `${string}Command`,
    input: Input,
    { signal }: CallOptions = {},
  ): Promise<Output> {
    const { sdk, client } = await this.open();
    const Command = sdk[command] as new (input: Input) => unknown;
    const send = async () => {
      this.requests++;
      return (await client.send(new Command(input), signal && { abortSignal: signal })) as Output;
    };
    return send().catch((error: { name?: string }) => {
      // The server did nothing, and the SDK asks for new credentials before the next request.
      if (error?.name === "ExpiredTokenException") return send();
      throw error;
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.options.client || !this.opened) return;
    const { client } = await this.opened;
    (client as { destroy?(): void }).destroy?.();
  }

  private async open(): Promise<{ sdk: Sdk; client: DocumentClient }> {
    if (this.isClosed) throw new StorageError("the storage is closed", { code: "closed" });
    this.opened ??= this.load();
    return this.opened;
  }

  private async load(): Promise<{ sdk: Sdk; client: DocumentClient }> {
    const { client, region, endpoint, credentials } = this.options;
    const [documents, plain] = await Promise.all([import("@aws-sdk/lib-dynamodb"), import("@aws-sdk/client-dynamodb")]);
    const sdk = { ...plain, ...documents } as unknown as Sdk;
    if (client) return { sdk, client };
    const own = new plain.DynamoDBClient({
      region,
      // The layer above repeats calls, and knows which may be.
      maxAttempts: 1,
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials && { credentials }),
    });
    return { sdk, client: documents.DynamoDBDocumentClient.from(own) };
  }
}
