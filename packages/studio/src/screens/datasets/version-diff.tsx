import { Group, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Item, itemsAt } from "../../api/datasets.ts";
import { DiffView } from "../../components/diff-view.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { type ItemChange, itemChanges } from "./item-changes.ts";

const route = getRouteApi("/datasets/$datasetId/diff");
/** Changes that are drawn. */
const most = 200;

/** What happened to the items of a dataset between two versions. */
export function VersionDiff() {
  const { datasetId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [from, to] = [Number(search.from ?? 0), Number(search.to ?? 0)];
  const { data, error, refetch } = useQuery({
    queryKey: ["dataset-diff", datasetId, from, to],
    queryFn: async ({ signal }) => {
      const [before, after] = await Promise.all([
        from > 0 ? itemsAt(datasetId, from, signal) : [],
        itemsAt(datasetId, to, signal),
      ]);
      return { before, after };
    },
  });
  const changes = useMemo(() => data && itemChanges(data.before, data.after), [data]);
  const set = (name: "from" | "to") => (value: string | number) =>
    void navigate({ search: { ...search, [name]: String(value) }, replace: true });
  const count = (kind: ItemChange["kind"]) => changes?.filter((change) => change.kind === kind).length ?? 0;
  return (
    <Screen
      title={`Version ${from} to ${to}`}
      scroll="page"
      parents={[
        { label: "Datasets", to: "/datasets" },
        { label: datasetId, to: `/datasets/${encodeURIComponent(datasetId)}?tab=versions` },
      ]}
    >
      <Group gap="sm" data-filter>
        <NumberInput size="xs" w={110} label="From version" min={0} value={from} onChange={set("from")} />
        <NumberInput size="xs" w={110} label="To version" min={0} value={to} onChange={set("to")} />
        {changes && (
          <Text size="sm" aria-live="polite" mt="lg">
            {count("added")} added, {count("removed")} removed, {count("changed")} changed
          </Text>
        )}
      </Group>
      {error && <Failed what="the difference" error={error} retry={() => void refetch()} />}
      {!changes && !error && <Loading />}
      {changes?.length === 0 && <Empty title="These versions have the same items" />}
      <Stack gap="md">
        {changes?.slice(0, most).map((change) => (
          <Change key={change.id} datasetId={datasetId} change={change} />
        ))}
      </Stack>
      {changes && changes.length > most && (
        <Text size="sm" c="dimmed">
          The first {most} of {changes.length} changes. Closer versions differ less.
        </Text>
      )}
    </Screen>
  );
}

function Change({ datasetId, change }: { datasetId: string; change: ItemChange }) {
  const { id, kind, before, after, fields } = change;
  const href = `/datasets/${encodeURIComponent(datasetId)}/items/${encodeURIComponent(id)}`;
  return (
    <section aria-label={`Item ${id}`}>
      <Group gap="xs" mb={4}>
        <StateBadge state={kind} />
        <Title order={2} size="h6">
          <TextLink href={href}>{id}</TextLink>
        </Title>
      </Group>
      {kind === "changed" ? (
        fields.map((field) => (
          <div key={field}>
            <Text size="xs" c="dimmed">
              {field}
            </Text>
            <DiffView
              before={before?.[field as keyof Item]}
              after={after?.[field as keyof Item]}
              label={`Difference of ${field}`}
            />
          </div>
        ))
      ) : (
        <JsonView value={contentOf(after ?? (before as Item))} label={`Item ${id}`} />
      )}
    </section>
  );
}

const contentOf = ({ input, groundTruth, metadata }: Item) => ({
  input,
  ...(groundTruth != null && { groundTruth }),
  ...(metadata != null && { metadata }),
});
