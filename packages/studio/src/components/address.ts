import type { Found } from "../api/system.ts";

type Address = (found: Found) => string;

const at = encodeURIComponent;
const within = ({ within = {} }: Found, name: string) => at(within[name] ?? "");

/** Where each kind of record is shown. */
const addresses: Readonly<Record<string, Address>> = {
  thread: ({ id }) => `/threads/${at(id)}`,
  message: (found) => `/threads/${within(found, "threadId")}?m=${at(found.id)}`,
  resource: ({ id }) => `/resources/${at(id)}`,
  run: (found) => `/workflows/${within(found, "workflowName")}/runs/${at(found.id)}`,
  workflow: ({ id }) => `/workflows/${at(id)}/runs`,
  score: ({ id }) => `/scores/${at(id)}`,
  scorer: ({ id }) => `/scorers/${at(id)}`,
  "trace score": ({ id }) => `/scores/${at(id)}`,
  trace: ({ id }) => `/traces/${at(id)}`,
  span: (found) => `/traces/${within(found, "traceId")}?span=${at(found.id)}`,
  agent: ({ id }) => `/agents/${at(id)}`,
  version: (found) => `/agents/${within(found, "agentId")}?v=${at(found.id)}`,
  dataset: ({ id }) => `/datasets/${at(id)}`,
  item: (found) => `/datasets/${within(found, "datasetId")}/items/${at(found.id)}`,
  experiment: ({ id }) => `/experiments/${at(id)}`,
  result: (found) => `/experiments/${within(found, "experimentId")}?result=${at(found.id)}`,
};

/** The screen of a record, or `undefined` for a kind that has none. */
export const addressOf = (found: Found): string | undefined => addresses[found.kind]?.(found);
