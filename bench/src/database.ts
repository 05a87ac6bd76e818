import type { FixtureKey, Scale } from "./fixtures.ts";
import type { Variant, VariantKey } from "./subject.ts";

export const databaseKeys = ["libsql", "pg", "mongodb", "redis", "dynamodb", "upstash", "convex"] as const;
export type DatabaseKey = (typeof databaseKeys)[number];

/** A database that Stowage is compared on. What a trial opens is named by its place: a file's path, a connection string. */
export interface Database {
  readonly key: DatabaseKey;
  readonly title: string;
  readonly variants: { readonly [key in VariantKey]?: Variant };
  /** Packages whose versions a reader wants to know. */
  readonly packages: readonly string[];
  /** What a reader of the figures has to know, as text for the page. */
  readonly note?: string;
  /** What to reach: the geometric mean over the peer, and the least part of the bare driver's speed. */
  readonly targets: { readonly mean: number; readonly driver: number };
  /**
   * Where calls are slow: by how much fewer are measured than an operation names, and for how many milliseconds at most, first
   * as a warm-up and then in earnest (three calls in any case). Default: all of them, however long they take. A thread grows
   * there for Stowage alone, to each of the given numbers of messages, and nothing is exported.
   */
  readonly slow?: { readonly divisor: number; readonly most: number; readonly history?: readonly number[] };
  /** How much the stores are filled with. Default: `fullScale`. */
  readonly scale?: Scale;
  /** What the peer has domains for, where that is not everything. */
  readonly fixtures?: readonly FixtureKey[];
  /** Starts what the trials need. The folder is there for as long. */
  start(folder: string): Promise<Places>;
  /** Makes what a variant opens, where it does not make it itself. */
  prepare?(place: string): Promise<void>;
  /** Brings a place to rest after it was filled, so that it can be copied, weighed and read as in the long run. */
  settle?(place: string): Promise<void>;
  /** Bytes that the place takes. Absent where that cannot be told. */
  size?(place: string): Promise<number>;
  /** Bytes in the write-ahead log, and which log that is. Absent where there is none to look at. */
  written?(place: string): Promise<{ readonly bytes: number; readonly log: string } | undefined>;
}

/** The places of one run. */
export interface Places {
  place(name: string): string;
  /** Absent where copies take too long: then all trials of a variant go on with the place it filled. */
  copy?(from: string, to: string): Promise<void>;
  remove(place: string): Promise<void>;
  stop(): Promise<void>;
}
