import { narrowRow } from "@stowage/kv";
import type { WireAnswer, WireAnswers, WireRequest, WireRow } from "../wire.ts";
import type { Meter } from "./meter.ts";
import { type Entry, eachHead, findHead, type Head, type Reader, textOf } from "./records.ts";

type Request<Kind extends WireRequest["kind"]> = WireRequest & { readonly kind: Kind };

/** Answers one request as far as the budget goes. The first record that a function reads is always within it. */
export function answerRequest(db: Reader, meter: Meter, request: WireRequest): Promise<WireAnswer> {
  if (request.kind === "records") return records(db, meter, request);
  if (request.kind === "walk") return walk(db, meter, request);
  return request.kind === "count" ? count(db, meter, request) : table(db, meter, request);
}

async function records(db: Reader, meter: Meter, request: Request<"records">): Promise<WireAnswers["records"]> {
  const rows: (WireRow | null)[] = [];
  if (meter.isSpent) return { rows };
  const read = rowReader(db, meter, request);
  const fetch = (id: string) => findHead(db, request.table, id);
  await eachHead(meter, request.ids, fetch, async (head) => {
    const row = head && (await read(head));
    if (row === undefined) return false;
    rows.push(row);
    return !meter.isSpent;
  });
  return { rows };
}

async function walk(db: Reader, meter: Meter, request: Request<"walk">): Promise<WireAnswers["walk"]> {
  const { skip, limit } = request;
  const rows: WireRow[] = [];
  const read = rowReader(db, meter, request);
  let skipped = 0;
  let through: string | undefined;
  let waiting: Entry[] = [];
  /** Reads the records of the entries that wait; `false` when the budget ends before the last of them. */
  const settle = async (): Promise<boolean> => {
    const entries = waiting;
    waiting = [];
    let isWhole = true;
    const fetch = ({ r }: Entry) => db.get("stowage_records", r);
    await eachHead(meter, entries, fetch, async (head, entry) => {
      const row = head ? await read(head) : null;
      isWhole = row !== undefined;
      if (row) rows.push(row);
      if (isWhole) through = entry.s;
      return isWhole;
    });
    return isWhole;
  };
  const page = (more: boolean) => ({ rows, skipped, more, ...(through !== undefined && { through }) });

  if (meter.isSpent) return page(true);
  for await (const entry of spanOf(db, request).order(request.direction)) {
    if (meter.isSpent || rows.length + waiting.length >= limit) return page((await settle()) || true);
    meter.sawOne(entry, false);
    if (skipped < skip) {
      skipped++;
      through = entry.s;
      continue;
    }
    waiting.push(entry);
    if (waiting.length >= meter.atOnce && !(await settle())) return page(true);
  }
  return page(!(await settle()));
}

async function count(db: Reader, meter: Meter, request: Request<"count">): Promise<WireAnswers["count"]> {
  let total = 0;
  let through: string | undefined;
  const page = (more: boolean) => ({ count: total, more, ...(through !== undefined && { through }) });
  if (meter.isSpent) return page(true);
  for await (const entry of spanOf(db, request)) {
    if (meter.isSpent) return page(true);
    meter.sawOne(entry, false);
    total++;
    through = entry.s;
  }
  return page(false);
}

async function table(db: Reader, meter: Meter, request: Request<"table">): Promise<WireAnswers["table"]> {
  const rows: WireRow[] = [];
  const read = rowReader(db, meter, request);
  let through = request.after;
  const page = (more: boolean) => ({ rows, more, ...(through !== undefined && { through }) });
  if (meter.isSpent) return page(true);
  const { after = "" } = request;
  const heads = db.query("stowage_records").withIndex("by_key", (index) => index.eq("t", request.table).gt("k", after));
  for await (const head of heads) {
    if (meter.isSpent || rows.length >= request.limit) return page(true);
    meter.sawOne(head, false);
    const row = await read(head);
    if (!row) return page(true);
    rows.push(row);
    through = head.k;
  }
  return page(false);
}

/** Makes rows of records; `undefined` for one whose parts do not fit any more. */
function rowReader(db: Reader, meter: Meter, { columns, inHead = false }: Exclude<WireRequest, { kind: "count" }>) {
  const wanted = columns && new Set(columns);
  return async (head: Head): Promise<WireRow | undefined> => {
    if (!inHead && head.p && !meter.admits(head.p.bytes)) return undefined;
    const text = inHead ? head.d : await textOf(db, meter, head);
    return [head.v, wanted ? narrowRow(text, wanted) : text];
  };
}

function spanOf(db: Reader, { group, from, to }: Request<"walk" | "count">) {
  return db.query("stowage_entries").withIndex("by_place", (index) => {
    const inGroup = index.eq("x", group);
    if (from === undefined) return to === undefined ? inGroup : inGroup.lt("s", to);
    const above = inGroup.gte("s", from);
    return to === undefined ? above : above.lt("s", to);
  });
}
