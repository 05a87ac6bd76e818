import {
  type CallOptions,
  type Capabilities,
  checkCall,
  isStorageError,
  jitter,
  pause,
  type StorageError,
  type StoredRecord,
  type WriteResult,
  within,
} from "@stowage/core/engine";
import type { KvAnswer, KvAnswers, KvPort, KvRequest, KvWrite, Layout, RecordsRequest } from "@stowage/kv";
import type { RedisConnection } from "./connection.ts";
import { classify, type Failure, type Fate, translate, unknownOutcome } from "./errors.ts";
import { scriptKeys } from "./key-base.ts";
import { readOutcomes } from "./outcomes.ts";
import { fieldsOf, readAnswer, readArgs, recordKey, rowReader } from "./read.ts";
import { readScript } from "./read-script.ts";
import type { Script } from "./script.ts";
import { Slots } from "./slots.ts";
import { type Indexed, indexArgs, writeArgs } from "./write-args.ts";
import { writeScript } from "./write-script.ts";

export interface RedisPortOptions {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly connection: RedisConnection;
  /** What every key begins with, hash tag included. */
  readonly base: string;
  /** About how many bytes of rows one answer holds. */
  readonly answerBytes: number;
  /** Tells what an error of the client means. Default: that of a client over TCP. */
  readonly classify?: (error: unknown) => Failure;
}

/** What came of sending a batch. */
interface Sent {
  readonly reply?: unknown;
  readonly error?: unknown;
  /** Whether an answer was lost on the way. */
  readonly wasLost: boolean;
}

const fateOfOurs = (error: StorageError): Fate => (error.code === "unknown_outcome" ? "unknown" : "unsent");

/** How often a batch whose answer was lost is sent again. */
const resends = 5;

/** Redis as `KvEngine` uses it: a script for a round of reads, a script for a batch. */
export class RedisPort implements KvPort {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly onDemand = true;
  private readonly connection: RedisConnection;
  private readonly base: string;
  /** What scripts name as their keys; see `scriptKeys`. */
  private readonly keys: readonly [string, string];
  private readonly answerBytes: number;
  private readonly classify: (error: unknown) => Failure;
  /** Answers are kept for this process alone, one for each batch that is under way. */
  private readonly book = globalThis.crypto.randomUUID();
  private readonly slots = new Slots();

  constructor({ name, capabilities, connection, base, answerBytes, ...options }: RedisPortOptions) {
    this.name = name;
    this.capabilities = capabilities;
    this.connection = connection;
    this.base = base;
    this.keys = scriptKeys(base);
    this.answerBytes = answerBytes;
    this.classify = options.classify ?? classify;
  }

  translate(error: unknown): unknown {
    return translate(error, this.classify);
  }

  async read(requests: readonly KvRequest[], options: CallOptions): Promise<readonly KvAnswer[]> {
    const [only] = requests;
    if (only?.kind === "records" && requests.length === 1 && only.ids.length === 1) {
      return [[await this.readOne(only, only.ids[0] as string, options)]];
    }
    const replies = (await this.run(readScript, readArgs(requests, this.answerBytes), options)) as unknown[];
    return Promise.all(
      requests.map((request, index) => {
        const answer = readAnswer(request, replies[index]);
        return request.kind === "records" ? this.complete(request, answer as KvAnswers["records"], options) : answer;
      }),
    );
  }

  async write(batch: readonly KvWrite[], options: CallOptions): Promise<WriteResult[]> {
    const slot = this.slots.take();
    const args = writeArgs(batch, { book: this.book, slot: String(slot), id: globalThis.crypto.randomUUID() });
    const { reply, error, wasLost } = await this.send(args, options);
    // A sending whose answer was lost may reach the server late, and must find its own answer there.
    if (!wasLost) this.slots.give(slot);
    if (error !== undefined) throw error;
    return readOutcomes(batch, reply);
  }

  async bulk(batch: readonly KvWrite[], options: CallOptions): Promise<void> {
    readOutcomes(batch, await this.run(writeScript, writeArgs(batch), options));
  }

  async reindex(layout: Layout, ids: readonly string[], options: CallOptions): Promise<void> {
    for (let left = ids; left.length > 0; ) {
      const [rows] = (await this.read([{ kind: "records", layout, ids: left, columns: layout.keyed }], options)) as [
        KvAnswers["records"],
      ];
      const records = left.flatMap((id, index): Indexed[] => {
        const row = rows[index];
        return row ? [{ id, row }] : [];
      });
      if (records.length === 0) return;
      const batch = records.map(({ id, row }): KvWrite => {
        const key = layout.table.key.map((column) => row[column] as never);
        return { layout, id, op: { op: "patch", table: layout.table, key } };
      });
      const outcomes = readOutcomes(batch, await this.run(writeScript, indexArgs(layout, records), options));
      // Those that somebody has written meanwhile are read again.
      left = records.flatMap(({ id }, index) => ((outcomes[index]?.outcome as string) === "stale" ? [id] : []));
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** One record by itself needs no script. */
  private async readOne(request: RecordsRequest, id: string, options: CallOptions): Promise<StoredRecord | undefined> {
    checkCall(options);
    const reading = this.connection.fields(this.base + recordKey(request.layout, id), fieldsOf(request));
    const fields = await within(reading, options, (error) => error);
    return fields[0] === null ? undefined : rowReader(request)(fields);
  }

  /** The records that one answer had no room for. */
  private async complete(request: RecordsRequest, rows: KvAnswers["records"], options: CallOptions) {
    const all = [...rows];
    while (all.length < request.ids.length) {
      const rest = { ...request, ids: request.ids.slice(all.length) };
      const [reply] = (await this.run(readScript, readArgs([rest], this.answerBytes), options)) as [unknown];
      all.push(...(readAnswer(rest, reply) as KvAnswers["records"]));
    }
    return all;
  }

  /**
   * Sends a batch, and once more when its answer was lost: the script knows a batch that it has applied, and repeats its
   * answer. What was refused, or never sent, was not applied and is left to those who retry whole calls; once an answer was
   * lost, no refusal of a later sending says what became of the first.
   */
  private async send(args: readonly string[], options: CallOptions): Promise<Sent> {
    let wasLost = false;
    for (let attempt = 1; ; attempt++) {
      try {
        checkCall(options);
        const sent = this.connection.run(writeScript, this.keys, args);
        return { reply: await within(sent, options, (ended) => unknownOutcome(ended)), wasLost };
      } catch (error) {
        const { fate } = isStorageError(error) ? { fate: fateOfOurs(error) } : this.classify(error);
        wasLost ||= fate === "unknown";
        if (!wasLost) return { error, wasLost };
        if (isStorageError(error) || attempt > resends) return { error: unknownOutcome(error), wasLost };
        await pause(jitter(attempt, 25, 1_000));
      }
    }
  }

  private run(script: Script, args: readonly string[], options: CallOptions): Promise<unknown> {
    checkCall(options);
    return within(this.connection.run(script, this.keys, args), options, (error) => error);
  }
}
