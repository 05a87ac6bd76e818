import { type Report, verdicts } from "./report.ts";
import { markdown, tables } from "./tables.ts";

/** `docs/benchmarks.md`. */
export function document(report: Report): string {
  const { facts, rounds, command } = report;
  const judged = verdicts(report);
  const missed = judged.filter(({ met }) => !met);
  const packages = Object.entries(facts.packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return `# Benchmarks

<!-- Written by \`${command} -- --write-docs\`. -->

Stowage on a local libSQL file beside \`@mastra/libsql\`, used through its public methods, and beside statements written by
hand for the same effect: on \`@libsql/client\`, the driver that both stand on, and, for information, on the native
\`libsql\` module with every statement prepared once. The statements by hand are in
[\`bench/src/variants/handwritten.ts\`](../bench/src/variants/handwritten.ts); they have only the columns and indexes that
the measured operations need.

Repeat it with \`${command}\`; \`${command} -- --help\` lists what can be measured alone. Every trial has a process and a
fresh file of its own, begins with a warm-up, and the variants take turns in changing order: ${rounds} rounds. A ratio is
the median of the ratios within each round, so it may differ a little from the quotient of the medians shown. Messages
have 1 to 4 KB, step results 2 KB, spans 1 to 2 KB. Connections run in WAL mode with \`synchronous=NORMAL\`; the peer runs
with its own settings.

Measured on ${facts.cores} cores, ${facts.platform}, Node ${facts.node}: ${packages}.

## Targets

${judged.length - missed.length} met, ${missed.length} missed.

| target | found | |
| --- | ---: | --- |
${judged.map(({ target, found, met }) => `| ${target} | ${found} | ${met ? "met" : "**missed**"} |`).join("\n")}

${tables(report).map(markdown).join("\n\n")}
`;
}
