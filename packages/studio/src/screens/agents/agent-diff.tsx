import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { compareVersions } from "../../api/agents.ts";
import { DiffView } from "../../components/diff-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { instructionsOf } from "./configuration.ts";

const route = getRouteApi("/agents/$agentId/diff");

/** What differs between two versions of an agent: instructions as text, every other field as JSON. */
export function AgentDiff() {
  const { agentId } = route.useParams();
  const { from, to } = route.useSearch();
  const { data, error, refetch } = useQuery({
    queryKey: ["agent-diff", agentId, from, to],
    queryFn: ({ signal }) => compareVersions(agentId, from as string, to as string, signal),
    enabled: Boolean(from && to),
  });
  const title = data
    ? `Version ${data.fromVersion.versionNumber} to ${data.toVersion.versionNumber}`
    : "Two versions compared";
  return (
    <Screen
      title={title}
      scroll="page"
      parents={[
        { label: "Agents", to: "/agents" },
        { label: agentId, to: `/agents/${encodeURIComponent(agentId)}?tab=versions` },
      ]}
    >
      {!(from && to) && <Empty title="Two versions are needed" help="Select them in the list of versions." />}
      {error && <Failed what="the difference" error={error} retry={() => void refetch()} />}
      {!data && !error && from && to && <Loading />}
      {data?.diffs.length === 0 && <Empty title="These versions have the same configuration" />}
      <Stack gap="md">
        {data?.diffs.map(({ field, previousValue, currentValue }) => {
          const shown = (value: unknown) => (field === "instructions" ? instructionsOf(value) : value);
          return (
            <section key={field} aria-label={`Changes of ${field}`}>
              <Title order={2} size="h5">
                {field}
              </Title>
              <DiffView before={shown(previousValue)} after={shown(currentValue)} label={`Difference of ${field}`} />
            </section>
          );
        })}
      </Stack>
      {data && data.diffs.length > 0 && (
        <Text size="sm" c="dimmed">
          + is in version {data.toVersion.versionNumber} only, − in version {data.fromVersion.versionNumber} only.
        </Text>
      )}
    </Screen>
  );
}
