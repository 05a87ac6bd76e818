import type { Value } from "convex/values";

/** The part of convex-test's database that finds documents, as of the version in package.json. */
interface MockDatabase {
  _documents: Record<string, MockDocument>;
  _writes: Record<string, MockDocument | null>[];
  _schema: { tables: Map<string, { indexes: { indexDescriptor: string; fields: string[] }[] }> } | null;
  get(table: string, id: string): MockDocument | null;
  commit(commitTs?: bigint | null): void;
  _iterateDocs(table: string, callback: (document: MockDocument) => void): void;
  _resolveQuerySource(query: MockQuery): unknown;
}
type MockDocument = Record<string, Value> & { readonly _id: string };
interface Bound {
  readonly type: string;
  readonly fieldPath: string;
  readonly value: unknown;
}
interface MockQuery {
  readonly source:
    | { readonly type: "IndexRange"; readonly indexName: string; readonly range: readonly Bound[] }
    | { readonly type: "FullTableScan"; readonly tableName: string };
}

/** Ids of committed documents by table, and by the values of each beginning of each index. */
class Ids {
  private readonly byPlace = new Map<string, Set<string>>();
  private readonly placesOf = new Map<string, string[]>();

  at(place: string): Iterable<string> {
    return this.byPlace.get(place) ?? [];
  }

  move(id: string, places: string[]): void {
    for (const place of this.placesOf.get(id) ?? []) {
      const ids = this.byPlace.get(place);
      ids?.delete(id);
      if (ids?.size === 0) this.byPlace.delete(place);
    }
    this.placesOf.delete(id);
    if (places.length > 0) this.placesOf.set(id, places);
    for (const place of places) {
      const ids = this.byPlace.get(place);
      if (ids) ids.add(id);
      else this.byPlace.set(place, new Set([id]));
    }
  }
}

/**
 * Gives convex-test's database indexes. As it comes, every query looks at every document of every table, so that a test
 * takes as long as the square of what it stores. Here a query looks at those alone whose first columns are equal to what it asks
 * for; the mock still judges each, with what the transaction wrote, and sorts and limits as ever.
 *
 * @throws Error when the mock is another than this was written for.
 */
export function indexMock({ prototype }: { readonly prototype: MockDatabase }): void {
  const { commit, _resolveQuerySource, _iterateDocs } = prototype;
  if (!commit || !_resolveQuerySource || !_iterateDocs) throw new Error("convex-test has another database than it had");
  const idsOf = new WeakMap<MockDatabase, Ids>();
  const placeOfQuery = new WeakMap<MockDatabase, string>();
  const committed = (database: MockDatabase) => {
    const ids = idsOf.get(database) ?? new Ids();
    idsOf.set(database, ids);
    return ids;
  };

  prototype.commit = function (commitTs) {
    const changed = this._writes.length === 1 ? Object.keys(this._writes[0] ?? {}) : [];
    commit.call(this, commitTs);
    for (const id of changed) {
      const document = this._documents[id];
      committed(this).move(id, document ? placesOf(this, document) : []);
    }
  };

  prototype._resolveQuerySource = function (query) {
    placeOfQuery.set(this, placeOf(this, query));
    return _resolveQuerySource.call(this, query);
  };

  prototype._iterateDocs = function (table, callback) {
    const ids = new Set(committed(this).at(placeOfQuery.get(this) ?? table));
    for (const writes of this._writes) for (const id of Object.keys(writes)) if (tableOf(id) === table) ids.add(id);
    for (const id of ids) {
      const document = this.get(table, id);
      if (document) callback(document);
    }
  };
}

/** An id of the mock is a number and the name of the table. */
const tableOf = (id: string): string => id.replace(/^\d+/, "");

const fieldsOf = (database: MockDatabase, table: string): [index: string, fields: string[]][] =>
  (database._schema?.tables.get(table)?.indexes ?? []).map(({ indexDescriptor, fields }) => [indexDescriptor, fields]);

const placeIn = (table: string, index: string, texts: readonly string[]): string =>
  texts.length === 0 ? table : JSON.stringify([table, index, ...texts]);

/** Texts alone, up to the first that is none: what Stowage looks up by equality is text. */
function textsBefore(values: readonly unknown[]): string[] {
  const end = values.findIndex((value) => typeof value !== "string");
  return (end < 0 ? values : values.slice(0, end)) as string[];
}

function placesOf(database: MockDatabase, document: MockDocument): string[] {
  const table = tableOf(document._id);
  const places = [table];
  for (const [index, fields] of fieldsOf(database, table)) {
    const texts = textsBefore(fields.map((field) => document[field]));
    for (let length = 1; length <= texts.length; length++) places.push(placeIn(table, index, texts.slice(0, length)));
  }
  return places;
}

function placeOf(database: MockDatabase, { source }: MockQuery): string {
  if (source.type === "FullTableScan") return source.tableName;
  const [table = "", index = ""] = source.indexName.split(".");
  const [, fields = []] = fieldsOf(database, table).find(([name]) => name === index) ?? [];
  const equals = fields.map((field, at) => {
    const bound = source.range[at];
    return bound?.type === "Eq" && bound.fieldPath === field ? bound.value : undefined;
  });
  return placeIn(table, index, textsBefore(equals));
}
