import "@mantine/charts/styles.css";
import { BarChart, LineChart } from "@mantine/charts";
import { Paper, Title, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import type { Score } from "../../api/scores.ts";
import { distributionOf, trendOf } from "./statistics.ts";

/** How scores are spread, and their percentiles by day. */
export function ScoreCharts({ scores }: { scores: readonly Score[] }) {
  const distribution = distributionOf(scores.map(({ score }) => score));
  const trend = trendOf(scores);
  return (
    <>
      <Chart
        title="Distribution"
        head={["Score", "Count"]}
        rows={distribution.map(({ label, count }) => [label, count])}
      >
        <BarChart
          h={180}
          data={distribution}
          dataKey="label"
          series={[{ name: "count", label: "Scores", color: "blue.7" }]}
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </Chart>
      <Chart
        title="By day"
        head={["Day", "p10", "p50", "p90"]}
        rows={trend.map(({ day, p10, p50, p90 }) => [day, p10, p50, p90])}
      >
        <LineChart
          h={180}
          data={trend}
          dataKey="day"
          withLegend
          series={[
            { name: "p90", color: "teal.7" },
            { name: "p50", color: "blue.7" },
            { name: "p10", color: "orange.7" },
          ]}
          lineProps={{ isAnimationActive: false }}
          lineChartProps={{ accessibilityLayer: false }}
        />
      </Chart>
    </>
  );
}

interface ChartProps {
  title: string;
  head: string[];
  rows: (string | number)[][];
  children: ReactNode;
}

/** A chart with the same numbers as a table, for who cannot see it. */
function Chart({ title, head, rows, children }: ChartProps) {
  return (
    <Paper withBorder p="sm" component="section" aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {/* The table below says the same; nothing in here takes the focus. */}
      <div aria-hidden>{children}</div>
      <VisuallyHidden>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              {head.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([first, ...rest]) => (
              <tr key={first}>
                <th scope="row">{first}</th>
                {rest.map((value, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their place.
                  <td key={index}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </Paper>
  );
}
