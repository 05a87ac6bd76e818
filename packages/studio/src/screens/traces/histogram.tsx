import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { Table, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { bucketsOf, type RangeName } from "./time-range.ts";

interface Row {
  dimensions?: { status: string | null };
  bucket?: string;
  measures: { count?: number };
}

interface BucketCounts {
  at: string;
  succeeded: number;
  failed: number;
}

/** Traces that ended, by time and outcome. A table for who cannot see the bars. */
export function Histogram({ range, where }: { range: RangeName; where: object | undefined }) {
  const buckets = bucketsOf(range);
  const { data } = useQuery({
    queryKey: ["trace-histogram", range, where, buckets?.to],
    queryFn: ({ signal }) => countsOf(buckets as NonNullable<typeof buckets>, where, signal),
    enabled: buckets !== undefined,
  });
  if (!buckets || !data) return buckets ? <div style={{ height: 90 }} /> : null;
  return (
    <figure style={{ margin: 0 }} aria-label="Traces over time">
      <div aria-hidden>
        <BarChart
          h={90}
          data={data}
          dataKey="at"
          type="stacked"
          series={[
            { name: "succeeded", color: "teal.7" },
            { name: "failed", color: "red.7" },
          ]}
          withYAxis={false}
          gridAxis="none"
          tickLine="none"
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <VisuallyHidden>
        <Table>
          <caption>Traces over time</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Succeeded</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>
            {data
              .filter(({ succeeded, failed }) => succeeded + failed > 0)
              .map(({ at, succeeded, failed }) => (
                <tr key={at}>
                  <td>{at}</td>
                  <td>{succeeded}</td>
                  <td>{failed}</td>
                </tr>
              ))}
          </tbody>
        </Table>
      </VisuallyHidden>
    </figure>
  );
}

async function countsOf(
  { interval, length, from, to }: NonNullable<ReturnType<typeof bucketsOf>>,
  where: object | undefined,
  signal: AbortSignal,
): Promise<BucketCounts[]> {
  const timeRange = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const body = { timeRange, where, interval, dimensions: ["status"], measures: ["count"], limit: 3 };
  const { rows } = await request<{ rows: Row[] }>("/stowage/traces/aggregate", { method: "POST", body, signal });
  const counts = new Map<number, BucketCounts>();
  for (let at = from; at < to; at += length) counts.set(at, { at: label(at, length), succeeded: 0, failed: 0 });
  for (const { dimensions, bucket, measures } of rows) {
    const slot = counts.get(Date.parse(bucket ?? ""));
    if (slot) slot[dimensions?.status === "error" ? "failed" : "succeeded"] += measures.count ?? 0;
  }
  return [...counts.values()];
}

const label = (at: number, length: number) =>
  new Intl.DateTimeFormat(
    undefined,
    length < 86_400_000
      ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }
      : { dateStyle: "medium" },
  ).format(at);
