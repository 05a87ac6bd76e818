import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, Places } from "./database.ts";
import { type FixtureKey, scaleOf } from "./fixtures.ts";
import { operationsOn } from "./operations.ts";
import type { Facts, Report, Rounds } from "./report.ts";
import { type RunOptions, runTask } from "./run-task.ts";
import type { VariantKey } from "./subject.ts";
import type { TaskName, Tasks } from "./tasks.ts";

export interface BenchOptions {
  readonly database: Database;
  readonly only: RegExp | undefined;
  readonly rounds: number;
  readonly quick: boolean;
  readonly source: boolean;
  readonly variants: readonly VariantKey[];
  /** Folder for CPU profiles of Stowage's trials. */
  readonly profile: string | undefined;
  readonly command: string;
  readonly facts: Facts;
  readonly progress: (text: string) => void;
}

/** What is measured besides operations, by the names that `--only` finds. */
export const otherMeasures = {
  "step-bytes": "bytes written for one step result, run of 200 steps",
  disk: "bytes on disk after an agent loop",
  start: "start-up on a schema that is in place",
  history: "growth of a thread",
  export: "memory of an export",
} as const;

/** Runs every variant of every chosen measure, taking turns, each trial in a process and on a place of its own. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "stowage-bench-"));
  try {
    const places = await options.database.start(folder);
    try {
      return await new Bench(places, options).run();
    } finally {
      await places.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Bench {
  readonly #places: Places;
  readonly #options: BenchOptions;
  readonly #filled = new Map<string, Promise<string>>();
  #copies = 0;

  constructor(places: Places, options: BenchOptions) {
    this.#places = places;
    this.#options = options;
  }

  async run(): Promise<Report> {
    const { database, rounds, quick, command, facts, variants } = this.#options;
    const report: Report = { database: database.key, facts, command, quick, rounds, operations: [], history: [] };
    const chosen = operationsOn(database).filter(({ key, title }) => this.#wants(key, title));
    report.operations = chosen.map(({ key }) => ({ key, rounds: {} }));
    const wants = (key: keyof typeof otherMeasures) => this.#wants(key, otherMeasures[key]);
    const starts: Report["start"] = wants("start") ? (report.start = {}) : undefined;

    // Rounds outside, operations inside: what slows the machine down for a while then hurts no operation alone.
    for (let round = 0; round < rounds; round++) {
      for (const [index, operation] of chosen.entries()) {
        await this.#turns(
          `round ${round + 1} of ${rounds}: ${operation.title}`,
          round + index,
          variants,
          async (variant) => {
            const place = await this.#copy(variant, operation.fixture);
            const name = `${operation.key}-${variant}-${round}`;
            await this.#measure(
              report.operations[index]!.rounds,
              variant,
              "measure",
              place,
              { operation: operation.key, round },
              name,
            );
            await this.#remove(place);
          },
        );
      }
      if (starts) {
        await this.#turns(`round ${round + 1} of ${rounds}: start-up`, round, variants, async (variant) => {
          const place = await this.#copy(variant, "memory");
          await this.#measure(starts, variant, "start", place, {});
          await this.#remove(place);
        });
      }
    }
    if (database.written && wants("step-bytes")) {
      const found: Report["stepBytes"] = (report.stepBytes = {});
      await this.#turns("bytes written for one step result", 0, variants, async (variant) => {
        const place = await this.#copy(variant, "workflows");
        await this.#measure(found, variant, "stepBytes", place, {});
        await this.#remove(place);
      });
    }
    if (database.size && wants("disk")) {
      const found: Report["disk"] = (report.disk = {});
      await this.#turns("bytes on disk after agent loops", 0, variants, async (variant) => {
        const place = this.#places.place(`disk_${variant}`);
        await this.#measure(found, variant, "agentLoops", place, {});
        await this.#remove(place);
      });
    }
    if (wants("history") || wants("export")) await this.#history(report, wants("history"), wants("export"));
    return report;
  }

  async #history(report: Report, pages: boolean, wantsExport: boolean): Promise<void> {
    const { database, rounds, quick, variants } = this.#options;
    const scale = scaleOf(database, quick);
    const { slow } = database;
    const exported = wantsExport && !slow;
    const grown = slow && !(quick && slow.history) ? (slow.history ?? []) : scale.history;
    const sizes = pages ? grown : exported ? [scale.exported] : [];
    const compared = slow ? variants.filter((variant) => variant === "stowage") : variants;
    const place = (variant: VariantKey) => this.#places.place(`history_${variant}`);
    const broken = new Set<VariantKey>();
    let before = 0;
    for (const messages of sizes) {
      await this.#turns(`a thread of ${messages} messages: saving them`, 0, compared, async (variant) => {
        const grown: Rounds<void> = {};
        await this.#measure(grown, variant, "grow", place(variant), { from: before, to: messages });
        if (!Array.isArray(grown[variant])) broken.add(variant);
      });
      before = messages;
      if (pages) {
        for (const includeTotal of [false, true]) {
          const stage: Report["history"][number] = { messages, includeTotal, rounds: {} };
          report.history.push(stage);
          for (let round = 0; round < rounds; round++) {
            const what = `a thread of ${messages} messages: last 40 ${includeTotal ? "with" : "without"} total`;
            await this.#turns(what, round, compared, async (variant) => {
              if (broken.has(variant)) return;
              await this.#measure(stage.rounds, variant, "page", place(variant), { includeTotal });
            });
          }
        }
      }
      if (exported && messages === scale.exported) {
        const found: NonNullable<Report["export"]> = (report.export = { messages, rounds: {} });
        for (let round = 0; round < rounds; round++) {
          await this.#turns(`export of ${messages} messages`, round, compared, async (variant) => {
            if (broken.has(variant)) return;
            await this.#measure(found.rounds, variant, "export", place(variant), { messages });
          });
        }
      }
    }
  }

  #wants(key: string, title: string): boolean {
    const { only } = this.#options;
    return !only || only.test(key) || only.test(title);
  }

  /** Lets the variants take turns in an order that is another one each time. */
  async #turns(
    what: string,
    turn: number,
    variants: readonly VariantKey[],
    take: (variant: VariantKey) => Promise<void>,
  ): Promise<void> {
    const { progress } = this.#options;
    const start = turn % variants.length;
    const order = [...variants.slice(start), ...variants.slice(0, start)];
    if (turn % 2 === 1) order.reverse();
    for (const variant of order) {
      progress(`${what} (${variant})`);
      await take(variant);
    }
  }

  /** Adds a task's answer to those of the variant, or notes why there is none. */
  async #measure<Name extends TaskName>(
    into: Rounds<Awaited<ReturnType<Tasks[Name]>>>,
    variant: VariantKey,
    task: Name,
    place: string,
    args: Omit<Parameters<Tasks[Name]>[0], "database" | "variant" | "place" | "quick">,
    name = task as string,
  ): Promise<void> {
    const found = (into[variant] ??= []);
    if (!Array.isArray(found)) return;
    const { database, quick, source, profile } = this.#options;
    const how: RunOptions = {
      source,
      ...(profile && variant === "stowage" && { profile: { folder: profile, name } }),
    };
    try {
      const all = { database: database.key, variant, place, quick, ...args } as unknown as Parameters<Tasks[Name]>[0];
      found.push(await runTask(task, all, how));
    } catch (error) {
      into[variant] = { error: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A copy of the place that this variant filled itself, or that place where there are no copies. */
  async #copy(variant: VariantKey, fixture: FixtureKey): Promise<string> {
    const key = `${fixture}_${variant}`;
    let filled = this.#filled.get(key);
    if (!filled) {
      this.#options.progress(`filling the store for ${fixture} (${variant})`);
      this.#filled.set(key, (filled = this.#fill(variant, fixture, this.#places.place(key))));
    }
    if (!this.#places.copy) return filled;
    const copy = this.#places.place(`trial_${this.#copies++}`);
    // A store that could not be filled fails in each of its trials.
    await this.#places.copy(await filled, copy).catch(() => {});
    return copy;
  }

  /** Removes the place of one trial. */
  async #remove(place: string): Promise<void> {
    if (this.#places.copy) await this.#places.remove(place);
  }

  async #fill(variant: VariantKey, fixture: FixtureKey, place: string): Promise<string> {
    const { database, quick, source } = this.#options;
    await runTask("fill", { database: database.key, variant, place, quick, fixture }, { source }).catch(
      (error: Error) => {
        this.#options.progress(`filling the store for ${fixture} (${variant}) failed: ${error.message}\n`);
      },
    );
    return place;
  }
}
