import { classify as classifyOverTcp, type Failure, refusal } from "@stowage/redis/engine";

/** What the client says when the server refused a command: the server's words, without the command. */
export class UpstashRefusal extends Error {}

/** What the client says when the answer is not what the service gives: that of a proxy, as a rule. */
export class UpstashNoAnswer extends Error {}

/**
 * The client's error without what was sent: its messages repeat the command, and in it the rows that somebody saves.
 */
export function withoutCommand(error: unknown): unknown {
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  if (name === "UpstashError")
    return new UpstashRefusal(message?.split(", command was: ", 1)[0]?.replace(/^Command.*? failed: /, ""));
  if (name === "UpstashJSONParseError") return new UpstashNoAnswer("the answer is not that of an Upstash database");
  return error;
}

/** What an error means. A refusal in words that nobody knows may be that of a proxy which had passed the request on. */
export function classify(error: unknown): Failure {
  if (error instanceof UpstashNoAnswer) return { fate: "unknown", code: "unavailable" };
  if (!(error instanceof UpstashRefusal)) return classifyOverTcp(error);
  const failure = refusal(error.message);
  const isOfServer = failure.code !== "internal" || /^[A-Z]{3,}\b/.test(error.message);
  return isOfServer ? failure : { fate: "unknown", code: "unavailable" };
}
