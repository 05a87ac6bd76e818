import { type CallOptions, type StoredRecord, systemClock } from "@stowage/core/engine";
import {
  type ChangeSet,
  type Claim,
  type Entry,
  type Layout,
  type LookedUp,
  type LookUp,
  narrowRow,
  packRow,
  type RecordStore,
  unpackRow,
} from "@stowage/kv";
import { ConvexError } from "convex/values";
import { claimGroup, entryGroup, type WireError } from "../wire.ts";
import { removeParts } from "./garbage.ts";
import type { Meter } from "./meter.ts";
import { eachHead, findHead, type Head, type PartId, textOf, type Writer } from "./records.ts";

type RecordId = Head["_id"];
type Change = ChangeSet["changes"][number];

/** A longer row is kept in parts, so that whoever needs its keys only does not read all of it. In bytes of UTF-8. */
const longest = 16_384;
/** A part in UTF-16 units: at most 900 KB in UTF-8, of the 1 MiB that a document takes. */
const partLength = 300_000;
const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/**
 * Records, entries and claims as documents, inside one mutation: what was read cannot change before it is written, so a
 * commit compares nothing.
 */
export class DocumentStore implements RecordStore {
  readonly clock = systemClock(() => 0);
  private readonly db: Writer;
  private readonly prefix: string;
  private readonly needsWhole: (table: string, id: string) => boolean;
  private readonly meter: Meter;
  private readonly heads = new Map<string, Head>();
  /** Whether there were more parts to remove than one mutation can. */
  left = false;

  /** `at` is the writer's clock; `needsWhole` tells which stored rows a change rests on. */
  constructor(
    db: Writer,
    meter: Meter,
    { prefix, at }: { readonly prefix: string; readonly at: number },
    needsWhole: (table: string, id: string) => boolean,
  ) {
    this.db = db;
    this.meter = meter;
    this.prefix = prefix;
    this.needsWhole = needsWhole;
    this.clock.sequence(at - 1);
  }

  async lookUp({ records, claims }: LookUp, _options: CallOptions): Promise<LookedUp> {
    const rows = new Map<string, StoredRecord>();
    for (const layout of new Set(records.map((record) => record.layout))) {
      const ids = records.filter((record) => record.layout === layout).map(({ id }) => id);
      const table = this.tableOf(layout);
      const fetch = (id: string) => findHead(this.db, table, id);
      await eachHead(this.meter, ids, fetch, async (head, id) => {
        if (!head) return true;
        const isWhole = this.needsWhole(layout.table.name, id);
        if (!this.meter.admits(isWhole ? (head.p?.bytes ?? 0) : 0)) throw tooLarge();
        // Replacing and removing reads once more what is there.
        this.meter.saw(bytesOf(head.d));
        const text = isWhole ? await textOf(this.db, this.meter, head) : head.d;
        this.heads.set(`${table}\n${id}`, head);
        rows.set(`${table}\n${id}`, unpackRow(layout, text, head.v));
        return true;
      });
    }
    const owners = await Promise.all(claims.map((claim) => this.claim(claim)));
    return {
      records: records.map(({ layout, id }) => rows.get(`${this.tableOf(layout)}\n${id}`)),
      owners: owners.map((claim) => claim?.k),
    };
  }

  async commit(set: ChangeSet): Promise<boolean> {
    for (const change of set.changes) {
      if (change.after) await this.put(change, change.after);
      else await this.remove(change);
    }
    for (const claim of set.claims) {
      const found = await this.claim(claim);
      if (claim.after === undefined) {
        if (found) await this.db.delete("stowage_claims", found._id);
      } else {
        const document = { x: this.claimGroup(claim), s: claim.value, k: claim.after };
        if (found) await this.db.replace("stowage_claims", found._id, document);
        else await this.db.insert("stowage_claims", document);
      }
    }
    return true;
  }

  async apply(set: ChangeSet): Promise<void> {
    await this.commit(set);
  }

  private async put(change: Change, after: StoredRecord): Promise<void> {
    const { layout, id } = change;
    const table = this.tableOf(layout);
    const head = this.heads.get(`${table}\n${id}`);
    const text = packRow(layout, after);
    const keys = () => narrowRow(text, new Set(layout.keyed));
    if (head && after === change.before) {
      // An index has come, and with it columns that are needed to find what a record has in it.
      if (head.p) await this.db.patch("stowage_records", head._id, { d: keys() });
      return this.moveEntries(change, head._id, true);
    }
    const p = await this.putParts(text, head?.p);
    const document = { t: table, k: id, v: after._rev, d: p ? keys() : text, ...(p && { p }) };
    if (head) await this.db.replace("stowage_records", head._id, document);
    await this.moveEntries(
      change,
      head?._id ?? (await this.db.insert("stowage_records", document)),
      head !== undefined,
    );
  }

  private async remove({ layout, id }: Change): Promise<void> {
    const head = this.heads.get(`${this.tableOf(layout)}\n${id}`);
    if (!head) return;
    for (const { _id } of await this.entriesOf(head._id)) await this.db.delete("stowage_entries", _id);
    if (head.p) await this.removeParts(head.p);
    await this.db.delete("stowage_records", head._id);
  }

  /** An entry that moves is the same document elsewhere. */
  private async moveEntries({ layout, put, remove }: Change, r: RecordId, mayHaveSome: boolean): Promise<void> {
    if (put.length + remove.length === 0) return;
    const placeOf = ({ index, group, place }: Entry) => ({
      x: entryGroup(this.tableOf(layout), index, group),
      s: place,
    });
    const held = mayHaveSome ? await this.entriesOf(r) : [];
    const find = (entry: Entry) => {
      const { x, s } = placeOf(entry);
      return held.find((candidate) => candidate.x === x && candidate.s === s);
    };
    for (const entry of put) {
      const from = remove.find(({ index }) => index === entry.index);
      const document = from && find(from);
      if (document) await this.db.replace("stowage_entries", document._id, { ...placeOf(entry), r });
      else if (!find(entry)) await this.db.insert("stowage_entries", { ...placeOf(entry), r });
    }
    for (const entry of remove) {
      const document = put.some(({ index }) => index === entry.index) ? undefined : find(entry);
      if (document) await this.db.delete("stowage_entries", document._id);
    }
  }

  private entriesOf = (record: RecordId) =>
    this.db
      .query("stowage_entries")
      .withIndex("by_record", (index) => index.eq("r", record))
      .collect();

  private async putParts(text: string, old: Head["p"]): Promise<Head["p"]> {
    const bytes = bytesOf(text);
    const pieces = bytes > longest ? piecesOf(text) : [];
    const spare = old && this.meter.admits(old.bytes) ? old.ids : [];
    if (old && spare.length === 0) await this.removeParts(old);
    else this.meter.saw(old?.bytes ?? 0);
    const ids: PartId[] = [];
    for (const [index, d] of pieces.entries()) {
      const id = spare[index];
      if (id) await this.db.replace("stowage_parts", id, { d });
      ids.push(id ?? (await this.db.insert("stowage_parts", { d })));
    }
    for (const id of spare.slice(pieces.length)) await this.db.delete("stowage_parts", id);
    return pieces.length > 0 ? { ids, bytes } : undefined;
  }

  private async removeParts({ ids, bytes }: NonNullable<Head["p"]>): Promise<void> {
    if (!(await removeParts(this.db, this.meter, ids, bytes))) this.left = true;
  }

  private claim({ layout, unique, value }: Claim & { readonly layout: Layout }) {
    const group = this.claimGroup({ layout, unique });
    return this.db
      .query("stowage_claims")
      .withIndex("by_value", (index) => index.eq("x", group).eq("s", value))
      .unique();
  }

  private tableOf = ({ table }: Layout): string => this.prefix + table.name;
  private claimGroup = ({ layout, unique }: { layout: Layout; unique: string }) =>
    claimGroup(this.tableOf(layout), unique);
}

/** A cut between the halves of a character would leave two texts that are none. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + partLength);
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1] as string)) end--;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

const tooLarge = () => new ConvexError({ stowage: "too_large" } satisfies WireError as { stowage: string });
