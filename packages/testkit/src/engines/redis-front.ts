import { type FrontAnswer, type FrontRequest, HttpFront } from "./http-front.ts";

/** Passes on all commands of a pipeline but the last, which fails with these words. */
export interface PartFault {
  readonly kind: "part";
  readonly error: string;
}

/** Runs a command on the Redis behind a front. The path is that of the address which the client was given, `/` at least. */
export type RunCommand = (command: string[], path: string) => Promise<unknown>;

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

/** Upstash's REST interface before a Redis: a command or a pipeline of them, a token, answers in base64 when asked. */
export class RedisFront extends HttpFront<PartFault> {
  readonly token = "secret-token";
  /** The commands of each request that came, by name. */
  readonly requests: string[][] = [];
  private readonly command: RunCommand;

  constructor(command: RunCommand) {
    super();
    this.command = command;
  }

  protected async answer({ url, headers, body }: FrontRequest, fault: PartFault | undefined): Promise<FrontAnswer> {
    if (headers.authorization !== `Bearer ${this.token}`) {
      return refusal(401, "WRONGPASS invalid or missing auth token");
    }
    if (body.length > 10_000_000) return refusal(400, "ERR max request size exceeded. Limit: 10000000 bytes");
    const [, path, pipeline] = /^(.*?)(\/pipeline)?$/.exec(url) as RegExpExecArray;
    const parsed = JSON.parse(body.toString()) as unknown[];
    const commands = (pipeline ? (parsed as unknown[][]) : [parsed]).map((command) => command.map(String));
    this.requests.push(commands.map((command) => command[0] as string));
    const isEncoded = headers["upstash-encoding"] === "base64";
    const replies: Reply[] = [];
    for (const [index, command] of commands.entries()) {
      const isRefused = fault && index === commands.length - 1;
      replies.push(isRefused ? { error: fault.error } : await this.run(command, path || "/", isEncoded));
    }
    if (pipeline) return { status: 200, body: JSON.stringify(replies) };
    return { status: replies[0]?.error === undefined ? 200 : 400, body: JSON.stringify(replies[0]) };
  }

  private async run(command: string[], path: string, isEncoded: boolean): Promise<Reply> {
    try {
      const result = await this.command(command, path);
      return { result: isEncoded ? encoded(result) : result };
    } catch (error) {
      return { error: (error as Error).message };
    }
  }
}

const refusal = (status: number, error: string): FrontAnswer => ({ status, body: JSON.stringify({ error }) });

function encoded(result: unknown): unknown {
  if (typeof result === "string") return result === "OK" ? result : Buffer.from(result).toString("base64");
  return Array.isArray(result) ? result.map(encoded) : result;
}
