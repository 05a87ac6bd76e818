import type { Facts } from "../report.ts";
import { count, showRatio } from "../report.ts";
import { geometricMean } from "../statistics.ts";
import { markdown, type Table } from "../tables.ts";
import type { Line, Result } from "./run.ts";
import type { Answer } from "./worker.ts";

/** To reach: how many times the operations of the peer in the same time. */
const target = 2;

const isAnswer = (result: Result): result is Answer => "time" in result;
const show = (result: Result, of: (answer: Answer) => string): string => (isAnswer(result) ? of(result) : "–");
const rate = ({ time }: Answer): string => count(Math.round(1000 / time));
const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

/** The part of an operation's time that as many requests take without a store. */
const bareShare = ({ bare }: Line, { time, requests }: Answer): string =>
  `${Math.round((100 * bare * requests) / time)}%`;

/** How many times as fast Stowage is, where the peer has the operation. */
function ratioOf({ results: { stowage, peer } }: Line): number | undefined {
  return isAnswer(stowage) && isAnswer(peer) ? peer.time / stowage.time : undefined;
}

export function d1Table(lines: readonly Line[]): Table {
  const ratios = lines.flatMap((line) => ratioOf(line) ?? []);
  return {
    title: "Operations",
    note: "“/s”: operations a second, one after the other. “requests”: subrequests of the Worker for one operation; “statements”: what they carried. A dash: the peer refuses the operation. “bare”: the part of Stowage's time that its requests would take if each were a `SELECT 1` that the Worker sends itself, measured in between.",
    head: ["operation", "Stowage /s", "peer /s", "vs peer", "bare", "requests", "peer's", "statements", "peer's"],
    rows: [
      ...lines.map((line) => {
        const { stowage, peer } = line.results;
        return [
          line.title,
          show(stowage, rate),
          show(peer, rate),
          showRatio(ratioOf(line)),
          show(stowage, (answer) => bareShare(line, answer)),
          ...[stowage, peer].map((result) => show(result, ({ requests }) => number(requests))),
          ...[stowage, peer].map((result) => show(result, ({ statements }) => number(statements))),
        ];
      }),
      ["geometric mean", "", "", ratios.length > 0 ? showRatio(geometricMean(ratios)) : "–", "", "", "", "", ""],
    ],
  };
}

/** Operations that miss the target, or take more subrequests than the peer's. */
export function d1Missed(lines: readonly Line[]): string[] {
  return lines.flatMap((line) => {
    const { stowage, peer } = line.results;
    if (!isAnswer(stowage)) return [`${line.title}: ${stowage.error}`];
    if (!isAnswer(peer)) return [];
    const ratio = peer.time / stowage.time;
    const share = `${bareShare(line, stowage)} of whose time is the bare request`;
    return [
      ...(ratio < target ? [`${line.title}: ${showRatio(ratio)} the peer instead of ${target}x, ${share}`] : []),
      ...(stowage.requests > peer.requests
        ? [`${line.title}: ${number(stowage.requests)} requests, the peer ${number(peer.requests)}`]
        : []),
    ];
  });
}

/** `docs/benchmarks-d1.md`. */
export function d1Document(lines: readonly Line[], facts: Facts, rounds: number, command: string): string {
  const missed = d1Missed(lines);
  const packages = Object.entries(facts.packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return `# Benchmarks on Cloudflare D1

<!-- Written by \`${command} --write-docs\`. -->

Stowage beside \`@mastra/cloudflare-d1\`, each inside a Worker of its own in workerd, on a D1 database of its own (miniflare). The
operations are those of the other benchmarks that the peer has domains for; the two take turns of a few calls, for ${rounds} rounds. There is no
network between Worker and database here, and an operation of one request takes what the request takes, whoever sends it: where both
send as many, the most that any store could gain is what is not “bare” below. On Cloudflare each request is a trip to where the
database lies, so the number of requests tells more than the time.

Repeat it with \`${command}\`.

Measured on ${facts.cores} cores, ${facts.platform}, Node ${facts.node}: ${packages}.

At least ${target} times the peer's operations a second, and not more requests, is the target. Missed:
${missed.length === 0 ? "none." : `\n${missed.map((each) => `- ${each}`).join("\n")}`}

${markdown(d1Table(lines))}
`;
}
