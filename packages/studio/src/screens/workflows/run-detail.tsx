import { Alert, Button, Code, Group, Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconBan, IconDownload, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { curlOf } from "../../api/client.ts";
import { cancelRun, deleteRun, getRun, runPath, type Snapshot } from "../../api/workflows.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { confirm } from "../../components/confirm.tsx";
import { CopyCurl, CopyText } from "../../components/copy-text.tsx";
import { bytes, JsonView } from "../../components/json-view.tsx";
import { saveText } from "../../components/save-text.ts";
import { Screen } from "../../components/screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { ago, Time } from "../../components/time.tsx";
import { readStepPath, stepPathText } from "./step-path.ts";
import { StepViews } from "./step-views.tsx";
import { resumeCall, type Waiting, waitingOf } from "./steps.ts";

const route = getRouteApi("/workflows/$name/runs/$runId");
const cancellable = ["pending", "waiting", "suspended", "paused"];

/** One run: its steps in time, what it waits for, and what it took and gave. */
export function RunDetail() {
  const { name, runId } = route.useParams();
  const { step, view } = route.useSearch();
  const navigate = route.useNavigate();
  const parents = [
    { label: "Workflow runs", to: "/workflows" },
    { label: name, to: `/workflows/${encodeURIComponent(name)}/runs` },
  ];
  const isReadOnly = useReadOnly();
  const { data, error, refetch } = useQuery({
    queryKey: ["run", name, runId],
    queryFn: ({ signal }) => getRun(name, runId, signal),
  });
  if (error || !data) {
    return (
      <Screen title={runId} parents={parents}>
        {error ? <Failed what={`the run ${runId}`} error={error} retry={() => void refetch()} /> : <Loading />}
      </Screen>
    );
  }
  const { snapshot, resourceId, createdAt, updatedAt } = data.run;
  const status = snapshot.status ?? "unknown";
  const waiting = waitingOf(snapshot);
  const askToDelete = () =>
    confirm({
      title: "Delete this run?",
      text: `This removes the run ${runId} of ${name} with all that its steps left. It cannot be undone.`,
      verb: "Delete the run",
      typed: "delete",
      done: "The run was deleted",
      run: () => deleteRun(name, runId),
      after: () => void navigate({ to: "/workflows/$name/runs", params: { name } }),
    });
  const askToCancel = () =>
    confirm({
      title: "Mark this run as cancelled?",
      text: `The run ${runId} of ${name} waits. Marked as cancelled, it cannot be resumed.`,
      verb: "Mark as cancelled",
      done: "The run is marked as cancelled",
      run: () => cancelRun(name, runId),
      after: () => void refetch(),
    });
  return (
    <Screen
      title={runId}
      parents={parents}
      scroll="page"
      actions={
        <>
          <CopyText text={location.href} label="Copy the link" />
          <CopyCurl curl={curlOf(runPath(name, runId))} />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDownload size={14} />}
            onClick={() => saveText(`${runId}.json`, JSON.stringify(data.run, null, 2))}
          >
            Download
          </Button>
          {!isReadOnly && cancellable.includes(status) && (
            <Button size="xs" variant="default" leftSection={<IconBan size={14} />} onClick={askToCancel}>
              Mark as cancelled
            </Button>
          )}
          {!isReadOnly && (
            <Button size="xs" variant="default" leftSection={<IconTrash size={14} />} onClick={askToDelete}>
              Delete
            </Button>
          )}
        </>
      }
    >
      <Group gap="md">
        <StateBadge state={status} />
        <Text size="sm" component="div">
          started <Time value={createdAt} />
        </Text>
        <Text size="sm" component="div">
          changed <Time value={updatedAt} relative />
        </Text>
        {resourceId && <TextLink href={`/resources/${encodeURIComponent(resourceId)}`}>resource {resourceId}</TextLink>}
        {snapshot.tracingContext?.traceId && (
          <TextLink href={`/traces/${encodeURIComponent(snapshot.tracingContext.traceId)}`}>its trace</TextLink>
        )}
      </Group>
      {snapshot.error !== undefined && <RunError error={snapshot.error} />}
      {waiting.map((entry) => (
        <WaitingCard key={entry.path.join("/")} name={name} runId={runId} waiting={entry} />
      ))}
      <StepViews
        snapshot={snapshot}
        runId={runId}
        path={readStepPath(step)}
        onSelect={(path) => void navigate({ search: { view, step: stepPathText(path) }, replace: true })}
        view={view}
        onView={(next) => void navigate({ search: { step, view: next }, replace: true })}
      />
      <Values snapshot={snapshot} />
    </Screen>
  );
}

function RunError({ error }: { error: unknown }) {
  const { message } = (typeof error === "object" && error !== null ? error : { message: error }) as {
    message?: unknown;
  };
  return (
    <Alert
      variant="default"
      icon={<IconAlertCircle color="var(--mantine-color-red-6)" />}
      title={typeof message === "string" ? message : "The run failed"}
    >
      {typeof error === "object" && <JsonView value={error} label="Error" />}
    </Alert>
  );
}

function WaitingCard({ name, runId, waiting }: { name: string; runId: string; waiting: Waiting }) {
  const { path, payload, since, labels } = waiting;
  const call = resumeCall(name, runId, waiting);
  return (
    <Paper withBorder p="sm" component="section" aria-label={`Suspended at ${path.join(" › ")}`}>
      <Stack gap="xs">
        <Group gap="xs">
          <StateBadge state="suspended" />
          <Title order={2} size="h5">
            {path.join(" › ")}
          </Title>
          {since !== undefined && (
            <Text size="sm" c="dimmed">
              since {ago(new Date(since))}
            </Text>
          )}
          {labels.length > 0 && <Text size="sm">labels: {labels.join(", ")}</Text>}
        </Group>
        {payload !== undefined && <JsonView value={payload} label="What it waits for" />}
        <Code block>{call}</Code>
        <Group>
          <CopyText text={call} label="Copy the resume call" />
        </Group>
      </Stack>
    </Paper>
  );
}

function Values({ snapshot }: { snapshot: Snapshot }) {
  const { input, __state } = snapshot.context ?? {};
  const values: [name: string, value: unknown][] = [
    ["Input", input],
    ["Output", snapshot.result],
    ["State", __state],
    ["Step graph", snapshot.serializedStepGraph],
    ["Snapshot", snapshot],
  ];
  const present = values.filter(([, value]) => value !== undefined && value !== null);
  return (
    <Tabs defaultValue={present[0]?.[0] ?? null} keepMounted={false}>
      <Tabs.List>
        {present.map(([name, value]) => (
          <Tabs.Tab key={name} value={name}>
            {name === "Snapshot" ? `${name}, ${bytes(JSON.stringify(value).length)}` : name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {present.map(([name, value]) => (
        <Tabs.Panel key={name} value={name} pt="sm">
          <JsonView value={value} label={name} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
