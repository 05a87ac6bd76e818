import type { Command } from "../command.ts";

export interface CommandEntry {
  readonly summary: string;
  /** The command itself, with what it imports: a help or a mistyped word loads none. */
  load(): Promise<{ default: Command }>;
}

/** Every command by its name, in the order of the help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  studio: { summary: "opens the Studio on a storage, with the server behind it", load: () => import("./studio.ts") },
  serve: { summary: "serves a storage over HTTP, with an OTLP receiver", load: () => import("./serve.ts") },
  doctor: { summary: "asks every domain of a storage whether it is well", load: () => import("./doctor.ts") },
  migrate: {
    summary: "says what the schema lacks, prints the statements, or runs them",
    load: () => import("./migrate.ts"),
  },
  export: { summary: "writes a storage as lines of JSON", load: () => import("./export.ts") },
  import: { summary: "writes the lines of an export into a storage", load: () => import("./import.ts") },
  recost: { summary: "computes what calls of models cost anew, by other prices", load: () => import("./recost.ts") },
  redact: { summary: "counts secrets in stored traces, and hides them", load: () => import("./redact.ts") },
  prune: { summary: "removes what is older than an age, in bounded steps", load: () => import("./prune.ts") },
};
