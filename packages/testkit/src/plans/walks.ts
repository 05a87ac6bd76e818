import { type EngineValue, type Find, find, type Table } from "@stowage/core/engine";

/** A value for a column of a table: the same for the same `n`, another for another. */
export type ValueOf = (table: Table, column: string, n: number) => EngineValue;

/** The ways in which a path can be walked: forwards, backwards, from bounds, between positions and over lists. */
export function walksAlong(table: Table, name: string, value: ValueOf): Record<string, Find> {
  const { eq, order } = table.paths[name] as Table["paths"][string];
  const sample = (column: string) => value(table, column, 7);
  const values = Object.fromEntries(eq.map((column) => [column, sample(column)]));
  const lists = Object.fromEntries(eq.map((column) => [column, [sample(column), value(table, column, 8)]]));
  const at = (length: number) => order.slice(0, length).map(sample);
  const walk = (more: object) => find(table, { path: name, eq: values, limit: 10, ...more });
  const whole = at(order.length);
  const later = order.map((column) => value(table, column, 8));
  return {
    forwards: walk({}),
    backwards: walk({ direction: "desc" }),
    "with an offset": walk({ offset: 5 }),
    "from a bound on": walk({ range: { lower: { at: at(1), inclusive: true } } }),
    "between a bound and a position": walk({
      range: { lower: { at: at(1), inclusive: true }, upper: { at: later, inclusive: true } },
    }),
    "between positions": walk({
      range: { lower: { at: whole, inclusive: false }, upper: { at: later, inclusive: true } },
    }),
    ...(eq.length > 0 && {
      "over lists": walk({ eq: lists }),
      "over lists, backwards from a bound": walk({
        ...{ eq: lists, direction: "desc" },
        range: { upper: { at: at(1), inclusive: true } },
      }),
    }),
  };
}
