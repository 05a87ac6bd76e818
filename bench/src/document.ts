import { databases } from "./databases/index.ts";
import { operationLines, type Report, verdicts } from "./report.ts";
import { markdown, tables } from "./tables.ts";

/** `docs/benchmarks-<database>.md`. */
export function document(report: Report): string {
  const { facts, rounds, command } = report;
  const judged = verdicts(report);
  const missed = judged.filter(({ met }) => !met);
  const packages = Object.entries(facts.packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const failed = operationLines(report).flatMap(({ title, errors }) =>
    errors.map((error) => `- ${title}: ${error.split("\n")[0]}`),
  );
  const { title, variants, key, note } = databases[report.database];
  const hasCopies = variants.driver !== undefined;
  return `# Benchmarks on ${title}

<!-- Written by \`${command} --write-docs\`. -->

Stowage beside \`${variants.peer?.title}\`, used through its public methods${
    variants.driver
      ? `, and beside statements written by hand for the
same effect (\`${variants.driver.title}\`; they are in
[\`bench/src/databases/${key}/handwritten.ts\`](../bench/src/databases/${key}/handwritten.ts), and have only the columns
and indexes that the measured operations need)`
      : ""
  }.

Repeat it with \`${command}\`; \`${command} --help\` lists what can be measured alone. Every trial has a process ${
    hasCopies ? "and a\nfresh database of its own" : "of its own on\nthe database that its variant filled"
  }, begins with a warm-up, and the variants take turns in changing order: ${rounds} round${rounds === 1 ? "" : "s"}. A ratio is
the median of the ratios within each round, so it may differ a little from the quotient of the medians shown. Messages
have 1 to 4 KB, step results 2 KB, spans 1 to 2 KB.

Measured on ${facts.cores} cores, ${facts.platform}, Node ${facts.node}: ${packages}.

${note ? `${note}\n\n` : ""}## Targets

${judged.length - missed.length} met, ${missed.length} missed.

| target | found | |
| --- | ---: | --- |
${judged.map(({ target, found, met }) => `| ${target} | ${found} | ${met ? "met" : "**missed**"} |`).join("\n")}

${tables(report).map(markdown).join("\n\n")}
${failed.length > 0 ? `\n## What failed\n\nAn answer that is not what every variant must give is a failure, and has no time.\n\n${failed.join("\n")}\n` : ""}`;
}
