import { Stack, Text } from "@mantine/core";
import { useList } from "../../api/list.ts";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { OverviewCard } from "./overview-card.tsx";

interface TraceLine {
  traceId: string;
  name: string;
  startedAt: string;
}

const linesOf = (answer: { spans: TraceLine[] }) => answer.spans;
const query = { status: "error", orderBy: { field: "startedAt", direction: "DESC" } };

export function NewestErrors() {
  const list = useList({ path: "/observability/traces/light", query, rowsOf: linesOf, perPage: 5 });
  return (
    <OverviewCard title="Newest errors">
      {list.error && <Failed what="traces" error={list.error} retry={list.reload} />}
      {list.isPending && !list.error && <Loading rows={3} />}
      {!list.isPending && !list.error && list.rows.length === 0 && (
        <Text size="sm" c="dimmed">
          No trace has an error.
        </Text>
      )}
      <Stack gap="xs">
        {list.rows.map(({ traceId, name, startedAt }) => (
          <Text key={traceId} size="sm" component="div" truncate>
            <TextLink href={`/traces/${encodeURIComponent(traceId)}`}>{name}</TextLink>{" "}
            <Time value={startedAt} relative />
          </Text>
        ))}
      </Stack>
    </OverviewCard>
  );
}
