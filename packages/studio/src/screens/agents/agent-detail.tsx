import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import {
  type Agent,
  activateVersion,
  agentPath,
  getAgent,
  getAgentVersion,
  getDependents,
  restoreVersion,
} from "../../api/agents.ts";
import { curlOf } from "../../api/client.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { confirm, report } from "../../components/confirm.tsx";
import { CopyCurl } from "../../components/copy-text.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { RecordScreen } from "../../components/record-screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TabFrame } from "../../components/tab-frame.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { AgentVersions } from "./agent-versions.tsx";
import { instructionsOf, settingsOf } from "./configuration.ts";

const route = getRouteApi("/agents/$agentId");

/** One stored agent: the configuration of a version, all versions, and who uses it. */
export function AgentDetail() {
  const { agentId } = route.useParams();
  const { tab, v } = route.useSearch();
  const navigate = route.useNavigate();
  const isReadOnly = useReadOnly();
  const found = useQuery({ queryKey: ["agent", agentId], queryFn: ({ signal }) => getAgent(agentId, signal) });
  return (
    <RecordScreen
      what="the agent"
      found={found}
      title={found.data?.name ?? agentId}
      parents={[{ label: "Agents", to: "/agents" }]}
      actions={
        <>
          {found.data && <StateBadge state={found.data.status} />}
          <CopyCurl curl={curlOf(agentPath(agentId))} />
        </>
      }
    >
      {(agent) => (
        <TabFrame
          value={tab}
          onChange={(next) => void navigate({ search: { v, tab: next }, replace: true })}
          tabs={[
            {
              name: "configuration",
              label: "Configuration",
              content: <Configuration agent={agent} versionId={v ?? agent.resolvedVersionId} isReadOnly={isReadOnly} />,
            },
            { name: "versions", label: "Versions", content: <AgentVersions agent={agent} />, layout: "table" },
            { name: "uses", label: "Used by", content: <Dependents agentId={agentId} /> },
          ]}
        />
      )}
    </RecordScreen>
  );
}

interface ConfigurationProps {
  agent: Agent;
  versionId: string | undefined;
  isReadOnly: boolean;
}

function Configuration({ agent, versionId, isReadOnly }: ConfigurationProps) {
  const { id } = agent;
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["agent-version", id, versionId],
    queryFn: ({ signal }) => getAgentVersion(id, versionId as string, signal),
    enabled: versionId !== undefined,
  });
  if (versionId === undefined) return <Empty title="This agent has no version" />;
  if (error) return <Failed what="the version" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const number = data.versionNumber;
  const isActive = agent.activeVersionId === data.id;
  const askToActivate = () =>
    confirm({
      title: `Put version ${number} in force?`,
      text: `Agent ${id} is published with version ${number}. The version in force until now stays in the list.`,
      verb: `Activate version ${number}`,
      run: () => activateVersion(id, data.id),
      done: `Version ${number} is in force`,
      after: () => void queries.invalidateQueries(),
    });
  const restore = async () => {
    const restored = restoreVersion(id, data.id);
    if (!(await report(restored, `Version ${number} was restored as a new version`))) return;
    await queries.invalidateQueries();
    void navigate({ search: { v: (await restored).id, tab: "configuration" } });
  };
  return (
    <Stack gap="md" maw={860}>
      <Group gap="sm">
        <Text fw={600}>Version {number}</Text>
        {isActive && <Badge variant="default">in force</Badge>}
        <Text size="sm" c="dimmed">
          <Time value={data.createdAt} /> {data.changeMessage && `· ${data.changeMessage}`}
        </Text>
        {!isActive && !isReadOnly && (
          <Button size="xs" variant="default" onClick={askToActivate}>
            Activate
          </Button>
        )}
        {!isReadOnly && (
          <Button size="xs" variant="default" onClick={() => void restore()}>
            Restore as a new version
          </Button>
        )}
      </Group>
      <section aria-label="Instructions">
        <Title order={2} size="h5">
          Instructions
        </Title>
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {instructionsOf(data.instructions) || "none"}
        </Text>
      </section>
      <section aria-label="Settings">
        <Title order={2} size="h5">
          Settings
        </Title>
        <JsonView value={settingsOf(data)} label="Settings of the version" />
      </section>
    </Stack>
  );
}

function Dependents({ agentId }: { agentId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["agent-dependents", agentId],
    queryFn: ({ signal }) => getDependents(agentId, signal),
  });
  if (error) return <Failed what="who uses the agent" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={3} />;
  if (data.dependents.length === 0) return <Empty title="No stored agent uses this one" />;
  return (
    <Stack gap="xs">
      {data.dependents.map(({ id, name }) => (
        <TextLink key={id} href={`/agents/${encodeURIComponent(id)}`}>
          {name}
        </TextLink>
      ))}
    </Stack>
  );
}
