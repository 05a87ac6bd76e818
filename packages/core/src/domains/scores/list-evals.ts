import { allOf, anyOf, type Filter } from "../../engine/filter.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { toKeyText } from "../shared/key-text.ts";
import { readListPage } from "../shared/listing.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { optionalText } from "../shared/values.ts";
import { dateRangeOf } from "./date-range.ts";
import { toEval } from "./evals.ts";
import { evals } from "./tables.ts";
import type { GetEvalsInput, GetEvalsOutput } from "./types.ts";

export async function listEvals({ engine }: DomainContext, input: GetEvalsInput): Promise<GetEvalsOutput> {
  const page = checkPage(input.page, input.perPage, 100);
  const agent = keyText(input.agentName, "agentName");
  const run = keyText(input.runId, "runId");
  const globalRun = keyText(input.globalRunId, "globalRunId");
  const metric = optionalText(input.metricName, "metricName");
  const equal = (column: string, value: string | undefined): Filter | undefined =>
    value === undefined ? undefined : { op: "eq", column, value };
  const filters = {
    run_id: equal("run_id", run),
    global_run_id: equal("global_run_id", globalRun),
    agent_name: equal("agent_name", agent),
  };
  const path =
    run !== undefined ? byRun : globalRun !== undefined ? byGlobalRun : agent !== undefined ? byAgent : byCreation;
  const value = run ?? globalRun ?? agent;
  if (path.column) filters[path.column] = undefined;
  const filter = allOf(...Object.values(filters), equal("metric_name", metric), typeFilter(input.type));
  const range = dateRangeOf(input.dateRange);
  const { rows, total } = await readListPage(
    engine,
    evals,
    {
      path: path.name,
      direction: "desc",
      ...(path.column && { eq: { [path.column]: value as string } }),
      ...(range && { range }),
      ...(filter && { filter }),
    },
    page,
  );
  return { ...pageInfo(page, rows.length, total), evals: rows.map(toEval) };
}

const byRun = { name: "byRun", column: "run_id" } as const;
const byGlobalRun = { name: "byGlobalRun", column: "global_run_id" } as const;
const byAgent = { name: "byAgent", column: "agent_name" } as const;
const byCreation = { name: "byCreation", column: undefined } as const;

function keyText(value: unknown, path: string): string | undefined {
  const text = optionalText(value, path);
  return text === undefined ? undefined : toKeyText(text);
}

/** Rows that were not written by this store have no `is_test`; their test information is looked into. */
function typeFilter(type: unknown): Filter | undefined {
  if (type === undefined || type === null) return undefined;
  if (type !== "test" && type !== "live")
    throw invalid("type must be test or live", "INVALID_ARGUMENT", { path: "type" });
  const testPath = ["testPath"];
  const namesNone = anyOf(
    { op: "jsonAbsent", column: "test_info", path: testPath },
    { op: "jsonEq", column: "test_info", path: testPath, value: '""' },
    { op: "jsonEq", column: "test_info", path: testPath, value: "null" },
  );
  const isTest = anyOf(
    { op: "eq", column: "is_test", value: true },
    allOf({ op: "isNull", column: "is_test" }, { op: "not", arg: namesNone }) as Filter,
  );
  return type === "test" ? isTest : { op: "not", arg: isTest };
}
