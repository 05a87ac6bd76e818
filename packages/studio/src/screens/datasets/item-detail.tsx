import { Badge, Button, Group, NavLink, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { curlOf } from "../../api/client.ts";
import { deleteItem, getHistory, type ItemRow, itemPath } from "../../api/datasets.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { confirm } from "../../components/confirm.tsx";
import { CopyCurl, CopyText } from "../../components/copy-text.tsx";
import { DiffView } from "../../components/diff-view.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { changedFields } from "./item-changes.ts";

const route = getRouteApi("/datasets/$datasetId/items/$itemId");

/** One item of a dataset: what it holds, and every row it had, with what each changed. */
export function ItemDetail() {
  const { datasetId, itemId } = route.useParams();
  const { v } = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const isReadOnly = useReadOnly();
  const { data, error, refetch } = useQuery({
    queryKey: ["item-history", datasetId, itemId],
    queryFn: ({ signal }) => getHistory(datasetId, itemId, signal),
  });
  // Newest first.
  const history = data?.history ?? [];
  const at = Math.max(
    0,
    history.findIndex(({ datasetVersion }) => String(datasetVersion) === v),
  );
  const row = history[at];
  const isGone = history[0]?.isDeleted;
  const remove = () =>
    confirm({
      title: "Delete this item?",
      text: `This removes item ${itemId} from the current version. Older versions keep it.`,
      verb: "Delete the item",
      run: () => deleteItem(datasetId, itemId),
      done: `Item ${itemId} deleted`,
      after: () => void queries.invalidateQueries(),
    });
  return (
    <Screen
      title={`Item ${itemId}`}
      scroll="page"
      parents={[
        { label: "Datasets", to: "/datasets" },
        { label: datasetId, to: `/datasets/${encodeURIComponent(datasetId)}` },
      ]}
      actions={
        <>
          {history.length > 0 && !isGone && !isReadOnly && (
            <Button size="xs" variant="default" onClick={remove}>
              Delete
            </Button>
          )}
          <CopyCurl curl={curlOf(`${itemPath(datasetId, itemId)}/history`)} />
        </>
      }
    >
      {error && <Failed what="the item" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {row && (
        <Group align="flex-start" wrap="wrap" gap="lg">
          <nav aria-label="History of the item" style={{ width: 230 }}>
            {history.map((entry) => (
              <NavLink
                key={entry.datasetVersion}
                component="button"
                active={entry === row}
                variant="subtle"
                color="gray"
                {...(entry === row && { "aria-current": "true" as const })}
                label={`Version ${entry.datasetVersion}${entry.isDeleted ? " · deleted" : ""}`}
                description={<Time value={entry.updatedAt} />}
                styles={{ description: { color: "inherit" } }}
                onClick={() => void navigate({ search: { v: String(entry.datasetVersion) }, replace: true })}
              />
            ))}
          </nav>
          <Content row={row} before={history[at + 1]} />
        </Group>
      )}
    </Screen>
  );
}

function Content({ row, before }: { row: ItemRow; before: ItemRow | undefined }) {
  const { input, groundTruth, externalId, metadata, source } = row;
  const fields = before && !row.isDeleted && !before.isDeleted ? changedFields(before, row) : [];
  return (
    <Stack gap="md" style={{ flex: 1, minWidth: 280 }}>
      <Group gap="xs">
        {row.isDeleted && <Badge variant="default">deleted at version {row.datasetVersion}</Badge>}
        {externalId && <Text size="sm">external id {externalId}</Text>}
        {source && <Text size="sm">from {source.type}</Text>}
        {source?.referenceId && source.type === "trace" && (
          <TextLink href={`/traces/${encodeURIComponent(source.referenceId)}`}>the trace it was made of</TextLink>
        )}
        <CopyText text={JSON.stringify(row, null, 2)} label="Copy as JSON" />
      </Group>
      {fields.length > 0 && before && (
        <section aria-label={`What version ${row.datasetVersion} changed`}>
          <Title order={2} size="h5">
            Changed since version {before.datasetVersion}
          </Title>
          {fields.map((field) => (
            <div key={field}>
              <Text size="xs">{field}</Text>
              <DiffView
                before={before[field as keyof ItemRow]}
                after={row[field as keyof ItemRow]}
                label={`Difference of ${field}`}
              />
            </div>
          ))}
        </section>
      )}
      <Field name="Input" value={input} />
      {groundTruth != null && <Field name="Expected" value={groundTruth} />}
      {metadata && Object.keys(metadata).length > 0 && <Field name="Metadata" value={metadata} />}
    </Stack>
  );
}

function Field({ name, value }: { name: string; value: unknown }) {
  return (
    <section aria-label={name}>
      <Title order={2} size="h5">
        {name}
      </Title>
      {typeof value === "string" ? (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {value}
        </Text>
      ) : (
        <JsonView value={value} label={name} />
      )}
    </section>
  );
}
