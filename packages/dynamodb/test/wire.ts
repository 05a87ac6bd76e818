import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { DocumentClient } from "@stowage/dynamodb";
import type { DynamoServer } from "@stowage/testkit/engines";

/** What a test does to a request before or after it reaches the database. */
export type Interference = (
  command: string,
  input: Record<string, never>,
  send: () => Promise<unknown>,
) => Promise<unknown>;

/** A client of the caller's whose requests can be interfered with. */
export class Wire implements DocumentClient {
  interfere: Interference | undefined;
  readonly sent: string[] = [];
  private readonly client: DynamoDBDocumentClient;

  constructor({ endpoint }: DynamoServer) {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const plain = new DynamoDBClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
    this.client = DynamoDBDocumentClient.from(plain);
  }

  send(command: { constructor: { name: string }; input: Record<string, never> }, options?: object): Promise<unknown> {
    const { name } = command.constructor;
    this.sent.push(name);
    const send = () => this.client.send(command as never, options as never) as Promise<unknown>;
    return this.interfere ? this.interfere(name, command.input, send) : send();
  }
}

/** An error by which the SDK is known to fail. */
export const named = (name: string, rest: object = {}) => Object.assign(new Error(name), { name, ...rest });
