/** What is needed of a `DynamoDBDocumentClient` of `@aws-sdk/lib-dynamodb` 3. */
export interface DocumentClient {
  // biome-ignore lint/suspicious/noExplicitAny: overloaded by the command.
  send(command: any, options?: any): Promise<any>;
}
