import { Alert, Button, Group, Stack, Table, Tabs, Text } from "@mantine/core";
import { IconAlertCircle, IconTablePlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type CallUsage, getSpan, type LightSpan, type Span } from "../../api/traces.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { askForDataset } from "../../components/ask-for-dataset.tsx";
import { CopyText } from "../../components/copy-text.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration, Time } from "../../components/time.tsx";
import { money, number } from "./figures.ts";
import { Nothing } from "./nothing.tsx";
import { Payload } from "./payload.tsx";
import { SpanEvents } from "./span-events.tsx";
import { itemOf } from "./span-item.ts";
import { SpanScores } from "./span-scores.tsx";

export const tabs = ["io", "attributes", "usage", "events", "scores", "links", "raw"] as const;
export type Tab = (typeof tabs)[number];
const labels: Readonly<Record<Tab, string>> = {
  io: "Input and output",
  attributes: "Attributes",
  usage: "Usage",
  events: "Events",
  scores: "Scores",
  links: "Links",
  raw: "Raw",
};

interface SpanPanelProps {
  light: LightSpan;
  call: CallUsage | undefined;
  tab: Tab;
  onTab: (tab: Tab) => void;
}

/** One span with its payloads, which are fetched when it is selected. */
export function SpanPanel({ light, call, tab, onTab }: SpanPanelProps) {
  const { traceId, spanId } = light;
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["span", traceId, spanId, light.endedAt],
    queryFn: ({ signal }) => getSpan(traceId, spanId, signal),
  });
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <StateBadge state={light.status} />
        <Text size="sm">{light.spanType}</Text>
        <Text size="sm" c="dimmed">
          {light.endedAt && duration(Date.parse(light.endedAt) - Date.parse(light.startedAt))}
        </Text>
        <CopyText text={spanId} label="Copy the span's id" compact />
      </Group>
      <Text size="xs" c="dimmed" component="div">
        <Time value={light.startedAt} /> – <Time value={light.endedAt} />
      </Text>
      {light.error !== null && <ErrorNote error={light.error} />}
      <Tabs value={tab} onChange={(next) => next && onTab(next as Tab)} keepMounted={false}>
        <Tabs.List>
          {tabs.map((name) => (
            <Tabs.Tab key={name} value={name} px="xs">
              {labels[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="sm">
          {error ? (
            <Failed what="the span" error={error} retry={() => void refetch()} />
          ) : isPending ? (
            <Loading rows={4} />
          ) : (
            <Content tab={tab} span={data.span} call={call} />
          )}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function ErrorNote({ error }: { error: unknown }) {
  const { message } = (typeof error === "object" ? error : { message: error }) as { message?: unknown };
  return (
    <Alert
      variant="default"
      icon={<IconAlertCircle color="var(--mantine-color-red-6)" />}
      title={typeof message === "string" ? message : "Failed"}
    >
      {typeof error === "object" && <JsonView value={error} label="Error" />}
    </Alert>
  );
}

function Content({ tab, span, call }: { tab: Tab; span: Span; call: CallUsage | undefined }) {
  const isReadOnly = useReadOnly();
  switch (tab) {
    case "io":
      return (
        <Stack>
          <Payload label="Input" value={span.input} />
          <Payload label="Output" value={span.output} />
          {span.input != null && !isReadOnly && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconTablePlus size={14} />}
              onClick={() => askForDataset(itemOf(span))}
            >
              Add to a dataset
            </Button>
          )}
          {span.input == null && span.output == null && <Nothing>This span has neither input nor output.</Nothing>}
        </Stack>
      );
    case "attributes":
      return (
        <Stack>
          <Facts span={span} />
          <Payload label="Attributes" value={span.attributes} />
          <Payload label="Metadata" value={span.metadata} />
        </Stack>
      );
    case "usage":
      return call ? <UsageTable call={call} /> : <Nothing>This span tells of no tokens.</Nothing>;
    case "events":
      return <SpanEvents span={span} />;
    case "scores":
      return <SpanScores span={span} />;
    case "links":
      return span.links && span.links.length > 0 ? (
        <JsonView value={span.links} label="Links" />
      ) : (
        <Nothing>This span names no other spans.</Nothing>
      );
    case "raw":
      return (
        <Stack align="flex-start">
          <CopyText text={JSON.stringify(span, null, 2)} label="Copy JSON" />
          <JsonView value={span} label="Span" />
        </Stack>
      );
  }
}

/** Where a span belongs, with links to what it belongs to. */
function Facts({ span }: { span: Span }) {
  const at = encodeURIComponent;
  const facts: [label: string, value: string | null, href?: string][] = [
    ["Entity", span.entityName ?? span.entityId],
    ["Thread", span.threadId, `/threads/${at(span.threadId ?? "")}`],
    ["Resource", span.resourceId, `/resources/${at(span.resourceId ?? "")}`],
    ["Run", span.runId],
    ["Session", span.sessionId],
    ["User", span.userId],
    ["Service", span.serviceName],
    ["Environment", span.environment],
    ["Tags", span.tags?.join(", ") || null],
  ];
  return (
    <Table variant="vertical" layout="fixed" withRowBorders={false}>
      <Table.Tbody>
        {facts
          .filter(([, value]) => value !== null)
          .map(([label, value, href]) => (
            <Table.Tr key={label}>
              <Table.Th w={110}>{label}</Table.Th>
              <Table.Td>{href ? <TextLink href={href}>{value}</TextLink> : value}</Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}

function UsageTable({ call: { model, provider, usage, cost } }: { call: CallUsage }) {
  const lines: [label: string, value: string][] = [
    ["Model", model ?? "–"],
    ["Provider", provider ?? "–"],
    ["Input tokens", number(usage.input)],
    ["of these from a cache", number(usage.cacheRead)],
    ["of these into a cache", number(usage.cacheWrite)],
    ["Output tokens", number(usage.output)],
    ["of these reasoning", number(usage.reasoning)],
    ["Cost", cost?.estimatedCost == null ? "no price is known for this model" : money(cost)],
    ["Prices of", cost?.priceVersion ?? "–"],
  ];
  return (
    <Table variant="vertical" withRowBorders={false}>
      <Table.Tbody>
        {lines.map(([label, value]) => (
          <Table.Tr key={label}>
            <Table.Th w={180}>{label}</Table.Th>
            <Table.Td>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
