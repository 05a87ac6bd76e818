import { HttpFailure } from "./errors.ts";
import type { ConvexCaller, ResolvedOptions } from "./options.ts";
import { protocol, type ReadCall, type WireAnswer, type WriteAnswer, type WriteCall } from "./wire.ts";

/** The two functions of a deployment. What fails is thrown as the client throws it; `classify` tells what it means. */
export interface ConvexConnection {
  read(call: ReadCall): Promise<readonly WireAnswer[]>;
  write(call: WriteCall): Promise<WriteAnswer>;
}

export function connect({ target, secret, module }: ResolvedOptions): ConvexConnection {
  const open = async () => {
    const { makeFunctionReference } = await import("convex/server");
    return {
      client: target.kind === "client" ? target.client : await create(target),
      read: makeFunctionReference<"query">(`${module}:read`),
      write: makeFunctionReference<"mutation">(`${module}:write`),
    };
  };
  let opened: ReturnType<typeof open> | undefined;
  const opening = () => {
    opened ??= open();
    return opened;
  };
  const envelope = (call: ReadCall | WriteCall) => ({ protocol, call, ...(secret !== undefined && { secret }) });
  return {
    async read(call) {
      const { client, read } = await opening();
      return (await client.query(read, envelope(call))) as WireAnswer[];
    },
    async write(call) {
      const { client, write } = await opening();
      // Without this the client sends one mutation after the other.
      return (await client.mutation(write, envelope(call), { skipQueue: true })) as WriteAnswer;
    },
  };
}

interface Address {
  readonly url: string;
  readonly adminAuthToken: string | undefined;
}

/** What the client has and does not declare: the command line of Convex uses it. */
interface AdminClient extends ConvexCaller {
  setAdminAuth(token: string): void;
}

async function create({ url, adminAuthToken }: Address): Promise<ConvexCaller> {
  const { ConvexHttpClient } = await import("convex/browser");
  const client = new ConvexHttpClient(url, {
    // A deployment of one's own has an address of one's own.
    skipConvexDeploymentUrlCheck: true,
    logger: false,
    fetch: fetchOrFail,
  });
  if (adminAuthToken !== undefined) (client as unknown as AdminClient).setAdminAuth(adminAuthToken);
  return client;
}

/** How functions that threw are answered; the client reads those. */
const statusOfThrown = 560;

/** Keeps the status of failures, of which the client keeps the text alone. */
const fetchOrFail: typeof fetch = async (...request) => {
  const response = await fetch(...request);
  if (response.ok || response.status === statusOfThrown) return response;
  throw new HttpFailure(response.status, await response.text());
};
