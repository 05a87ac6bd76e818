import type { EngineValue } from "@stowage/core/engine";
import type { MappedColumn } from "./mapping.ts";

/** The values of one statement: they travel beside its text and never in it. */
export class Parameters {
  readonly values: Record<string, unknown> = {};
  private readonly prefix: string;
  private count = 0;

  /** Statements that go together need a prefix each. */
  constructor(prefix = "p") {
    this.prefix = prefix;
  }

  static together(all: readonly Parameters[]): Parameters {
    const parameters = new Parameters();
    for (const { values } of all) Object.assign(parameters.values, values);
    return parameters;
  }

  /** A value as SQL that compares with the column. */
  value({ storage }: MappedColumn, value: EngineValue): string {
    return storage.wrap(this.add(storage.parameter, storage.bind(value)));
  }

  /** A list of values as SQL, to stand behind IN. */
  list({ storage }: MappedColumn, values: readonly EngineValue[]): string {
    const array = this.add(
      `Array(${storage.parameter})`,
      values.map((value) => storage.bind(value)),
    );
    return storage.wrap("v") === "v" ? array : `arrayMap(v -> ${storage.wrap("v")}, ${array})`;
  }

  text(value: string): string {
    return this.add("String", value);
  }

  texts(values: readonly string[]): string {
    return this.add("Array(String)", values);
  }

  /** Whole numbers below 2^32. */
  numbers(values: readonly number[]): string {
    return this.add("Array(UInt32)", values);
  }

  private add(type: string, value: unknown): string {
    const name = `${this.prefix}${this.count++}`;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }
}
