/** One line of progress. */
export function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}

/** The heading of a stage. */
export function announce(line: string): void {
  process.stdout.write(`\n${line}\n`);
}
