import { expect, test } from "vitest";
import { classify, refusal, translate } from "./errors.ts";

test.each([
  ["LOADING Redis is loading the dataset in memory", "unavailable", "temporary"],
  ["READONLY You can't write against a read only replica.", "unavailable", "temporary"],
  [
    "ERR Error running script: @user_script:9: READONLY You can't write against a read only replica.",
    "unavailable",
    "temporary",
  ],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "unavailable", "temporary"],
  ["CLUSTERDOWN Hash slot not served", "unavailable", "temporary"],
  ["TRYAGAIN Multiple keys request during rehashing of slot", "unavailable", "temporary"],
  ["MOVED 3999 127.0.0.1:6381", "unavailable", "temporary"],
  [
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "unavailable",
    "temporary",
  ],
  ["NOREPLICAS Not enough good replicas to write.", "unavailable", "temporary"],
  ["BUSY Redis is busy running a script.", "busy", "temporary"],
  ["ERR max number of clients reached", "busy", "temporary"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "resource_limit", "permanent"],
  ["ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.", "resource_limit", "permanent"],
  ["ERR max request size exceeded. Limit: 10485760 bytes", "too_large", "permanent"],
  ["WRONGTYPE Operation against a key holding the wrong kind of value", "schema", "permanent"],
  ["NOAUTH Authentication required.", "permission", "permanent"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "permission", "permanent"],
  ["ERR unknown command 'EVALSHA', with args beginning with: ", "unsupported", "permanent"],
])("a server that says %j", (message, code, retry) => {
  expect(refusal(message)).toMatchObject({ fate: "refused", code });
  const reply = Object.assign(new Error(message), { name: "ReplyError" });
  expect(translate(reply)).toMatchObject({ code, retry });
  expect(translate(reply).message).not.toContain(message);
});

test("only what was never sent, or refused, is certain not to have been applied", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:6379"), { code: "ECONNREFUSED" });
  expect(classify(refused)).toMatchObject({ fate: "unsent", code: "unavailable" });
  for (const message of ["Socket closed unexpectedly", "read ECONNRESET", "Connection is closed."]) {
    expect(classify(new Error(message))).toMatchObject({ fate: "unknown", code: "unavailable" });
  }
});
