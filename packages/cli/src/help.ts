import { columns } from "./columns.ts";
import type { Command } from "./command.ts";
import type { CommandEntry } from "./commands/index.ts";

/** The list of commands. */
export function overview(commands: Readonly<Record<string, CommandEntry>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return `stowage: the storage of AI agents, from the shell

  stowage <command> [flags]

${columns(rows)}

  stowage <command> --help   flags and examples of a command
  stowage --version

Exit codes: 0 done, 1 failed, 2 usage, 3 differences found, 4 some records rejected, 5 unreachable, 6 conflict,
130 interrupted.
`;
}

/** What one command does, its flags, and examples. */
export function helpOf(name: string, summary: string, { words, flags, examples }: Command): string {
  const rows = Object.entries({ ...flags, help: { about: "this text", value: undefined } }).map(
    ([flag, { value, about }]) => [`--${flag}${value ? ` ${value}` : ""}`, about] as const,
  );
  return `stowage ${name}: ${summary}

  stowage ${[name, words, "[flags]"].filter(Boolean).join(" ")}

${columns(rows)}

Examples:
${examples.map((example) => `  ${example}`).join("\n")}
`;
}
