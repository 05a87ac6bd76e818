import type { Column, StorageError } from "@stowage/core/engine";
import type { ColumnMeasure, ColumnStorage, Dialect, Violation } from "../dialect.ts";
import { jsonCondition } from "./json.ts";
import { fit, quote } from "./names.ts";
import { lookupStatement, walkStatement } from "./read.ts";
import { collation, type MssqlStorage, mssqlStorage } from "./storage.ts";

/** Columns come as they are read: strings whole, instants as milliseconds. */
function measure({ fn }: ColumnMeasure, column: string, type: Column["type"]): string | undefined {
  switch (fn) {
    case "countDistinct":
      return `COUNT_BIG(DISTINCT ${column})`;
    case "min":
    case "max":
      return type === "boolean" ? undefined : `${fn === "min" ? "MIN" : "MAX"}(${column})`;
    case "sum":
      // Floats are summed up by the shared aggregator, which compensates for what rounding loses.
      return type === "integer" ? `CAST(SUM(CAST(${column} AS DECIMAL(38, 0))) AS FLOAT(53))` : undefined;
    case "avg":
      return type === "integer"
        ? `CAST(SUM(CAST(${column} AS DECIMAL(38, 0))) AS FLOAT(53)) / NULLIF(COUNT_BIG(${column}), 0)`
        : undefined;
    case "quantile":
      return undefined;
  }
}

function item(part: number, storage: ColumnStorage): string {
  const { incoming, isText } = storage as MssqlStorage;
  return `CAST(JSON_VALUE(j.[value], '$[${part}]') AS ${incoming})${isText ? ` COLLATE ${collation}` : ""}`;
}

/** SQL Server from 2017 on and Azure SQL. How the client reports errors is the engine's to say. */
export function mssqlDialect(options: {
  readonly schema: string;
  /** Stands for a string that is too long for an index; tells any two apart, in 43 characters. */
  digest(text: string): string;
  violation(error: unknown): Violation | undefined;
  translate(error: unknown): StorageError;
}): Dialect {
  const schema = quote(options.schema);
  return {
    name: "mssql",
    // Walks over many choices take them as one parameter.
    maxCompound: 10_000,
    maxParameters: 2000,
    quote,
    qualify: (table) => `${schema}.${quote(table)}`,
    fit,
    useIndex: () => "",
    noLimit: null,
    explain: "SET STATISTICS XML ON; ",
    successor: (column, type) => (type === "timestamp" ? `DATEADD(MILLISECOND, 1, ${column})` : `${column} + 1`),
    greatest: (a, b) => `CASE WHEN ${a} > ${b} THEN ${a} ELSE ${b} END`,
    removeChosen: (table, keys, chosen) => {
      const on = keys.map((key) => `t.${key} = v.${key}`).join(" AND ");
      return `DELETE t FROM ${table} AS t INNER JOIN (${chosen}) AS v ON ${on}`;
    },
    storage: mssqlStorage(options.digest),
    jsonItems: { from: "OPENJSON(?) AS j", position: "CAST(j.[key] AS INT)", item },
    jsonCondition,
    // `count(*)` ends at 2^31.
    countRows: "COUNT_BIG(*)",
    walk: walkStatement,
    lookup: lookupStatement,
    groupsByExpression: true,
    // `/` and `%` truncate towards zero; the second `%` brings times before 1970 to the lower multiple.
    bucket: (column, size) => `(${column} - ((${column} % ${size}) + ${size}) % ${size})`,
    measure,
    violation: options.violation,
    translate: options.translate,
  };
}
