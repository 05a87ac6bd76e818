import { request } from "../../api/client.ts";
import type { FilterField } from "../../components/filter-bar.tsx";

const limit = 20;
/** The server looks at no longer time than a month. */
const longest = 30 * 86_400_000;

/** Values of a field of traces since a moment, by default of the last 30 days. */
export const suggestOf =
  (path: string, since: string | undefined): NonNullable<FilterField["suggest"]> =>
  async (search, signal) => {
    const timeRange = { from: since ?? new Date(Date.now() - longest).toISOString(), to: new Date().toISOString() };
    const body = { timeRange, predicateScope: "trace", path, limit, ...(search !== "" && { search }) };
    const { values } = await request<{ values: { value: string; count: number }[] }>(
      "/observability/traces/query/values",
      { method: "POST", body, signal },
    );
    return values;
  };
