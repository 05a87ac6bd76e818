import { type ConvexCaller, convexEngine } from "@stowage/convex";
import { check, defineTable, type Engine, get, insert, integer, patch, text, upsert } from "@stowage/core/engine";
import { retry, stack } from "@stowage/core/layers";
import { fd } from "@stowage/testkit";
import type { FrontFault } from "@stowage/testkit/engines";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ConvexFront } from "./convex-front.ts";

const counters = defineTable(
  "counters",
  { id: text(), n: integer() },
  { key: ["id"], paths: { byN: { sort: ["n"] } } },
);
const secret = "a secret of some length";

const refused = (status: number, code: string): FrontFault => ({
  kind: "status",
  status,
  body: JSON.stringify({ code, message: `${code} while saving a-secret-id` }),
});
const conflict = refused(503, "OptimisticConcurrencyControlFailure");
const tooMany = refused(429, "TooManyConcurrentMutations");
const unavailable: FrontFault = { kind: "status", status: 503, body: "<html>Service Unavailable</html>" };

const countOf = async (engine: Engine, id: string) => (await engine.read([get(counters, [[id]])]))[0].rows[0]?.n;
/** Tells whether it was applied once or twice. */
const raise = (engine: Engine) =>
  engine.write([patch(counters, ["a"], { raise: { n: 0 }, expect: "exists" }), check(counters, ["guard"], "exists")]);

let front: ConvexFront;
let place = 0;
beforeAll(async () => {
  front = new ConvexFront();
  await front.listen();
});
beforeEach(() => front.clear());
afterAll(() => front.close());

const address = () => ({ deploymentUrl: front.url, adminAuthToken: front.key, tablePrefix: `t${++place}:` });

async function open(): Promise<Engine> {
  const engine = stack(convexEngine(address()), [retry()]);
  await engine.converge([counters]);
  await engine.write([insert(counters, { id: "a", n: 0 }), insert(counters, { id: "guard", n: 0 })]);
  return engine;
}

for (const [name, fault] of Object.entries<FrontFault>({
  "a write conflict that the deployment gave up on": conflict,
  "a refusal for being too many": tooMany,
  "a service that is away": unavailable,
  "an answer that is lost": { kind: "lost" },
  "a gateway that gave up": { kind: "gateway" },
})) {
  fd("FD-003", `${name} loses and doubles nothing`, async () => {
    const engine = await open();
    for (let failures = 1; failures <= 4; failures++) {
      front.plan(...Array.from({ length: failures }, () => fault));
      await raise(engine);
      front.plan(fault);
      expect(await countOf(engine, "a")).toBe(failures);
    }
    await engine.close();
  });
}

fd("FD-003", "a refusal after an answer that was lost does not pass for the fate of the first sending", async () => {
  const engine = await open();
  for (let times = 1; times <= 3; times++) {
    front.plan({ kind: "lost" }, tooMany, conflict);
    await raise(engine);
    expect(await countOf(engine, "a")).toBe(times);
  }
  await engine.close();
});

fd("FD-003", "a sending that comes late finds that it was applied", async () => {
  const engine = await open();
  const sent: unknown[] = [];
  const deployment: ConvexCaller = front.deployment;
  const client: ConvexCaller = {
    query: (reference: unknown, args: unknown) => deployment.query(reference, args),
    mutation: (...sending: unknown[]) => {
      sent.push(sending);
      return deployment.mutation(...sending);
    },
  };
  const beside = convexEngine({ client, tablePrefix: `t${place}:` });
  await raise(beside);
  await deployment.mutation(...(sent[0] as unknown[]));
  expect(await countOf(engine, "a")).toBe(1);
  await Promise.all([beside.close(), engine.close()]);
});

test("a service that stays away while a write is under way leaves its outcome unknown", async () => {
  const engine = convexEngine(address());
  await engine.converge([counters]);
  front.plan(...Array.from({ length: 8 }, (): FrontFault => ({ kind: "status", status: 502, body: "Bad Gateway" })));
  await expect(engine.write([insert(counters, { id: "a", n: 0 })])).rejects.toMatchObject({ code: "unknown_outcome" });
  front.clear();
  expect(await countOf(engine, "a")).toBeUndefined();
  await engine.close();
});

test("a deployment that is not there is unavailable, and nothing was written", async () => {
  const engine = convexEngine({ ...address(), deploymentUrl: "http://127.0.0.1:1" });
  await expect(engine.converge([counters])).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
  await engine.close();
});

test("an address that no deployment has is not tried again", async () => {
  const engine = convexEngine(address());
  front.plan({ kind: "status", status: 404, body: '{"code":"NotFound"}' });
  await expect(engine.converge([counters])).rejects.toMatchObject({
    code: "unavailable",
    retry: "permanent",
    message: "there is no Convex deployment at this address",
  });
  await engine.close();
});

test("functions that were not deployed are named, with what to do", async () => {
  const engine = convexEngine({ ...address(), storageFunction: "elsewhere" });
  const converge = engine.converge([counters]);
  await expect(converge).rejects.toMatchObject({
    code: "schema",
    message: expect.stringContaining("stowageFunctions()"),
  });
  await engine.close();
});

test("functions of another version are refused before anything is read", async () => {
  const { makeFunctionReference } = await import("convex/server");
  const read = makeFunctionReference<"query">("stowage/storage:read");
  const newer = { protocol: 2, call: { requests: [] } };
  const query = async () => front.deployment.query(read, newer as never);
  await expect(query()).rejects.toMatchObject({ data: { stowage: "protocol" } });
  const client = { query, mutation: query };
  const engine = convexEngine({ client });
  await expect(engine.converge([counters])).rejects.toMatchObject({
    code: "schema",
    message: expect.stringContaining("deploy the project again"),
  });
  await engine.close();
});

test("public functions answer those who know the secret, and no one else", async () => {
  const other = new ConvexFront(secret);
  await other.listen();
  const engine = convexEngine({ deploymentUrl: other.url, secret });
  await engine.converge([counters]);
  await engine.write([insert(counters, { id: "a", n: 7 })]);
  expect(await countOf(engine, "a")).toBe(7);
  for (const wrong of ["another secret of some length", secret.slice(1), `${secret} `]) {
    const stranger = convexEngine({ deploymentUrl: other.url, secret: wrong });
    await expect(stranger.converge([counters])).rejects.toMatchObject({ code: "permission", retry: "permanent" });
    await stranger.close();
  }
  await engine.close();
  await other.close();
});

test("errors hold no key and nothing of what was sent", async () => {
  const engine = convexEngine({ ...address(), adminAuthToken: "wrong-key" });
  const error: unknown = await engine.converge([counters]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "permission", retry: "permanent" });
  expect(everythingIn(error)).not.toMatch(/wrong-key|counters/);
  await engine.close();
  const right = await open();
  front.plan(refused(400, "BadRequest"));
  const other: unknown = await right
    .write([upsert(counters, { id: "a-secret-id", n: 1 })])
    .catch((reason: unknown) => reason);
  expect(other).toMatchObject({ code: "internal" });
  expect(everythingIn(other)).not.toContain("a-secret-id");
  await right.close();
});

/** What an error tells, its causes included. */
function everythingIn(error: unknown): string {
  const { message, cause, details, stack: trace } = error as Error & { details?: unknown };
  return [message, trace, JSON.stringify(details), cause ? everythingIn(cause) : ""].join("\n");
}
