/** A flag of a command, as `parseArgs` of node:util takes it, with what the help says about it. */
export interface Flag {
  readonly type: "string" | "boolean";
  /** What stands for its value in the help, such as `<file>`. */
  readonly value?: string;
  readonly about: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What `parseArgs` makes of these flags. */
export type Values<F extends Flags> = { readonly [K in keyof F]?: F[K]["type"] extends "string" ? string : boolean };

/** Where a command stands: nothing reads the process itself. */
export interface Context {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data. */
  readonly stdout: NodeJS.WritableStream;
  /** Everything else. */
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Resolves when the user asks to stop. */
  readonly stopped: Promise<void>;
}

/** One command of `stowage`. */
export interface Command<F extends Flags = Flags> {
  /** Words it takes besides flags, such as `<status|plan|up>`. */
  readonly words?: string;
  readonly flags: F;
  readonly examples: readonly string[];
  run(values: Values<F>, context: Context, words: readonly string[]): Promise<number>;
}

/** Declares a command, so that its values have the types of its flags. */
export const command = <const F extends Flags>(given: Command<F>): Command => given as unknown as Command;

export const say = (stream: NodeJS.WritableStream, line: string) => void stream.write(`${line}\n`);
