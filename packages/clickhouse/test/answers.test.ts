import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { get, isStorageError, type StorageError, upsert } from "@stowage/core/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClickhouseEngine, clickhouseEngine } from "../src/engine.ts";
import { note, notes } from "./notes.ts";

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What the next requests get; the last one stays. */
let answers: Answer[] = [];
let requests = 0;
const server = createServer((message, response) => {
  message.resume().on("end", () => {
    requests++;
    const { status, body } = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    response.writeHead(status).end(body);
  });
});
let options: { url: string; username: string; password: string };
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  options = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, username: "ada", password: "hunter2" };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const read = (engine: ClickhouseEngine) => engine.read([get(notes, [["a"]])]);
const write = (engine: ClickhouseEngine) => engine.write([upsert(notes, note("a"))], { atomic: false });

async function failure(call: (engine: ClickhouseEngine) => Promise<unknown>): Promise<StorageError> {
  const engine = new ClickhouseEngine(options);
  const error: unknown = await call(engine).catch((error: unknown) => error);
  await engine.close();
  if (!isStorageError(error)) throw new Error("the call did not fail as it should", { cause: error });
  return error;
}

test.each([
  [429, "Too many requests"],
  [502, "<html>Bad Gateway: secret</html>"],
  [503, "Service Unavailable"],
  [504, ""],
])("a load balancer that answers in the place of the server (%i) is asked again", async (status, body) => {
  answers = [{ status, body }];
  const error = await failure(read);
  expect(error).toMatchObject({ code: "unavailable", retry: "temporary" });
  expect(String(error.cause)).not.toContain("secret");
  // The server behind it may have taken the rows.
  expect((await failure(write)).code).toBe("unknown_outcome");

  answers = [
    { status, body },
    { status, body },
    { status: 200, body: "" },
  ];
  requests = 0;
  const engine = clickhouseEngine(options);
  await engine.write([upsert(notes, note("a"))], { atomic: false });
  await engine.close();
  expect(requests).toBe(3);
});

test("a server that fails in the middle of an answer gives no shorter answer", async () => {
  const row = '["a","o",1,1,null,5,0]';
  for (const [end, code] of [
    ["Code: 159. DB::Exception: Timeout exceeded at 'secret'. (TIMEOUT_EXCEEDED) (version 24.8)\n", "timeout"],
    ["Code: 241. DB::Exception: Memory limit exceeded: 'secret'. (MEMORY_LIMIT_EXCEEDED)\n", "resource_limit"],
    ['["b","o",1,\n', "unavailable"],
  ] as const) {
    answers = [{ status: 200, body: `${row}\n${end}` }];
    const error = await failure(read);
    expect(error).toMatchObject({ code, retry: "temporary" });
    expect(`${error.message} ${error.cause}`).not.toContain("secret");
  }
});
