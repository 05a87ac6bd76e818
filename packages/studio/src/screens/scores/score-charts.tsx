import "@mantine/charts/styles.css";
import { BarChart, LineChart } from "@mantine/charts";
import { Paper, Title, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import type { ScoreGroup } from "./report.ts";
import type { Bin, Day } from "./statistics.ts";

interface ScoreChartsProps {
  distribution: Bin[];
  days: Day[];
  groups: ScoreGroup[];
}

/** How scores are spread, their percentiles by day, and their means by what they were split by. */
export function ScoreCharts({ distribution, days, groups }: ScoreChartsProps) {
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
        rows={days.map(({ day, p10, p50, p90 }) => [day, p10, p50, p90])}
      >
        <LineChart
          h={180}
          data={days}
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
      {groups.length > 0 && (
        <Chart
          title="By group"
          head={["Group", "Mean", "Count"]}
          rows={groups.map(({ value, mean, count }) => [value, Number(mean.toPrecision(3)), count])}
        >
          <BarChart
            h={180}
            data={groups.map(({ value, mean, count }) => ({ group: `${value} (${count})`, mean }))}
            dataKey="group"
            series={[{ name: "mean", label: "Mean score", color: "teal.7" }]}
            valueFormatter={(mean) => Number(mean.toPrecision(3)).toString()}
            barProps={{ isAnimationActive: false }}
            barChartProps={{ accessibilityLayer: false }}
          />
        </Chart>
      )}
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
