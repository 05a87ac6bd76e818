import { type Engine, MemoryEngine } from "@stowage/core/engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLab } from "../engine/lab.ts";
import { type EngineHarness, stacksOf } from "../harness.ts";
import { type Step, steps } from "./steps.ts";
import { modelTables } from "./tables.ts";
import { World } from "./world.ts";

export interface ModelOptions {
  /** How many lives are tried. Default: `STOWAGE_MODEL_RUNS`, else 100. */
  readonly runs?: number;
  /** Repeats the lives of an earlier run; it is in the title of the test. Default: fast-check's global seed, else random. */
  readonly seed?: number;
}

/**
 * Lets the engine and the in-memory engine live through the same random steps and compares what they tell. A difference is
 * shrunk to the shortest life that shows it.
 */
export function modelSuite(name: string, harness: EngineHarness, options: ModelOptions = {}): void {
  const runs = options.runs ?? numberFrom("STOWAGE_MODEL_RUNS") ?? 100;
  const seed = options.seed ?? fc.readConfigureGlobal().seed ?? Math.floor(Math.random() * 2 ** 31);
  for (const [title, layers] of stacksOf(name, harness)) {
    describe(`${title}: model`, () => {
      const lab = createLab(harness, layers, modelTables);

      test(`lives as the in-memory engine does (seed ${seed}, ${runs} runs)`, { timeout: 600_000 }, async () => {
        const property = fc.asyncProperty(steps(), (life) => compareLives(lab.engine, lab.scope(), life));
        const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(property, {
          numRuns: runs,
          seed,
        });
        if (!failed) return;
        const life = (counterexample?.[0] ?? []).map(describeStep).join("\n");
        const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
        throw new Error(`seed ${seed}, path ${counterexamplePath}\n${life}\n${why}`, { cause: errorInstance });
      });
    });
  }
}

/** @throws AssertionError at the first step of which the two tell different things. */
export async function compareLives(engine: Engine, scope: string, life: readonly Step[]): Promise<void> {
  const world = new World(engine, scope);
  const model = new World(new MemoryEngine(), scope);
  for (const [index, step] of life.entries()) {
    const expected = await model.live(step);
    expect(await world.live(step), `step ${index}: ${step.do}`).toEqual(expected);
  }
}

/** A step on one line, tables by their names. */
export function describeStep(step: Step): string {
  return JSON.stringify(step, (name, value: unknown) => {
    if (name === "table") return (value as { name: string }).name;
    return typeof value === "bigint" ? `${value}n` : value;
  });
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new Error(`${variable} must be a whole number, not ${text}`);
  return number;
}
