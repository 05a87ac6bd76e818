import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { type CallOptions, StorageError, type StoredRecord } from "@stowage/core/engine";
import { type Layout, packRow, type RecordChange, unpackRow } from "@stowage/kv";
import type { Client, Item } from "./client.ts";
import { type ItemKey, type Keys, keyText } from "./keys.ts";
import { getItems } from "./requests.ts";
import type { Expiry } from "./ttl.ts";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** In bytes. An item takes 400 KB with the names of its attributes; a transaction 4 MB. */
const deflatedFrom = 16_384;
const mostInItem = 300_000;
const mostInTransaction = 3_000_000;
const mostInChunk = 380_000;
const rereads = 5;

/** A record's item and what it takes with it. */
export interface PreparedRecord {
  readonly item: Item & ItemKey;
  /** Items with the pieces of a record that does not fit its own. */
  readonly chunks: readonly (Item & ItemKey)[];
  /** Bytes of the item, about. */
  readonly size: number;
}

/** Chunks of a record as it was read or written. */
interface Chunked {
  readonly generation: string;
  readonly count: number;
}

/**
 * Records as items. `v` is the revision; the columns are one text in `d`, deflated in `z` when they are long, or in `n` chunk
 * items of the generation `g` when they do not fit an item. A record's chunks are written before it and removed after it.
 */
export class Records {
  private readonly client: Client;
  private readonly keys: Keys;
  private readonly expiry: Expiry;
  private readonly chunkedOf = new WeakMap<StoredRecord, Chunked>();

  constructor(client: Client, keys: Keys, expiry: Expiry) {
    this.client = client;
    this.keys = keys;
    this.expiry = expiry;
  }

  /** The record in an item, or `undefined` for none or one that has expired. */
  async decode(
    layout: Layout,
    id: string,
    item: Item | undefined,
    options: CallOptions,
  ): Promise<StoredRecord | undefined> {
    for (let current = item, attempt = 0; ; attempt++) {
      if (!current || this.expiry.isOver(current)) return undefined;
      const text = await this.textOf(layout, id, current, options);
      if (text !== undefined) {
        const row = unpackRow(layout, text, Number(current.v));
        if (current.n !== undefined)
          this.chunkedOf.set(row, { generation: String(current.g), count: Number(current.n) });
        return row;
      }
      if (attempt === rereads) {
        throw new StorageError("a record in several items cannot be put together", {
          code: "corrupt",
          details: { table: layout.table.name },
        });
      }
      // Its chunks are gone, so it has been written since.
      const key = this.keys.record(layout, id);
      current = (await getItems(this.client, [key], options)).get(keyText(key));
    }
  }

  /** The items of the records that changes write, by the changes. Together they fit a transaction. */
  async prepare(changes: readonly RecordChange[]): Promise<Map<RecordChange, PreparedRecord>> {
    const texts = await Promise.all(
      changes
        .filter(({ before, after }) => after !== undefined && after !== before)
        .map(async (change) => {
          const text = packRow(change.layout, change.after as StoredRecord);
          const isShort = text.length * 3 <= deflatedFrom;
          const data = isShort || Buffer.byteLength(text) <= deflatedFrom ? text : await deflate(text);
          return { change, data, size: 500 + (typeof data === "string" ? text.length * 3 : data.length) };
        }),
    );
    texts.sort((a, b) => a.size - b.size);
    let sum = 0;
    return new Map(
      texts.map(({ change, data, size }) => {
        sum += size;
        const fits = typeof data === "string" || (size <= mostInItem && sum <= mostInTransaction);
        return [change, fits ? this.whole(change, data, size) : this.cut(change, data)];
      }),
    );
  }

  /** The keys of the chunks that a record had. */
  chunksOf({ layout, id, before }: Pick<RecordChange, "layout" | "id" | "before">): ItemKey[] {
    const chunked = before && this.chunkedOf.get(before);
    return chunked ? this.chunkKeys(layout, id, chunked) : [];
  }

  private whole(change: RecordChange, data: string | Uint8Array, size: number): PreparedRecord {
    const payload = typeof data === "string" ? { d: data } : { z: data };
    return { item: { ...this.head(change), ...payload }, chunks: [], size };
  }

  private cut(change: RecordChange, data: Uint8Array): PreparedRecord {
    const { layout, id } = change;
    const generation = `${change.after?._rev}-${crypto.randomUUID()}`;
    const count = Math.ceil(data.length / mostInChunk);
    if (change.after) this.chunkedOf.set(change.after, { generation, count });
    const chunks = this.chunkKeys(layout, id, { generation, count }).map((key, n) => ({
      ...key,
      b: data.subarray(n * mostInChunk, (n + 1) * mostInChunk),
      ...this.expiry.props(layout.table.name),
    }));
    return { item: { ...this.head(change), g: generation, n: count }, chunks, size: 500 };
  }

  private head({ layout, id, after }: RecordChange): Item & ItemKey {
    return { ...this.keys.record(layout, id), v: after?._rev, ...this.expiry.props(layout.table.name) };
  }

  private chunkKeys(layout: Layout, id: string, { generation, count }: Chunked): ItemKey[] {
    return Array.from({ length: count }, (_, n) => this.keys.chunk(layout, id, generation, n));
  }

  /** The text of an item, or `undefined` when a chunk of it is not there. */
  private async textOf(layout: Layout, id: string, item: Item, options: CallOptions): Promise<string | undefined> {
    if (typeof item.d === "string") return item.d;
    if (item.n === undefined) return (await inflate(item.z as Uint8Array)).toString();
    const keys = this.chunkKeys(layout, id, { generation: String(item.g), count: Number(item.n) });
    const found = await getItems(this.client, keys, options);
    const pieces = keys.map((key) => found.get(keyText(key))?.b as Uint8Array | undefined);
    if (!pieces.every((piece) => piece !== undefined)) return undefined;
    return (await inflate(Buffer.concat(pieces))).toString();
  }
}
