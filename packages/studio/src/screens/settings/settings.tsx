import {
  Button,
  Card,
  Checkbox,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type PropsWithChildren, useState } from "react";
import { type Connection, connection, setConnection } from "../../api/connection.ts";
import { getServerFacts } from "../../api/system.ts";
import { useStoredPreferences } from "../../app/preferences.ts";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { zoneName } from "../../components/time.tsx";

/** How the server is reached, and how things are shown. All of it stays in this browser. */
export function Settings() {
  return (
    <Screen title="Settings" scroll="page">
      <ConnectionForm />
      <Looks />
      <ServerFacts />
    </Screen>
  );
}

function Section({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <Card withBorder component="section" aria-label={title} maw={720}>
      <Title order={2} size="h6" mb="sm">
        {title}
      </Title>
      <Stack gap="sm">{children}</Stack>
    </Card>
  );
}

const linesOf = (headers: Record<string, string>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

const headersOf = (lines: string) =>
  Object.fromEntries(
    [...lines.matchAll(/^\s*([\w-]+)\s*:\s*(.*?)\s*$/gm)].map(([, name, value]) => [name, value] as [string, string]),
  );

function ConnectionForm() {
  const queries = useQueryClient();
  const [form, setForm] = useState<Connection>(connection);
  const [lines, setLines] = useState(linesOf(form.headers));
  const [isSaved, setSaved] = useState(false);
  const change = (part: Partial<Connection>) => {
    setForm({ ...form, ...part });
    setSaved(false);
  };
  return (
    <Section title="Server">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setConnection({ ...form, headers: headersOf(lines) });
          setSaved(true);
          void queries.resetQueries();
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Prefix"
            description="Before every path: /api unless the server was started with another"
            value={form.prefix}
            onChange={({ currentTarget }) => change({ prefix: currentTarget.value.replace(/\/$/, "") })}
          />
          <PasswordInput
            label="Token"
            description="A bearer token or API key; not needed on a server without authentication"
            value={form.token}
            visibilityToggleButtonProps={{ "aria-label": "Show the token", tabIndex: 0, "aria-hidden": false }}
            onChange={({ currentTarget }) => change({ token: currentTarget.value })}
          />
          <Checkbox
            label="Remember the token after this session"
            checked={form.isRemembered}
            onChange={({ currentTarget }) => change({ isRemembered: currentTarget.checked })}
          />
          <Textarea
            label="Further headers"
            description="One a line, as in x-tenant: acme"
            autosize
            value={lines}
            onChange={({ currentTarget }) => {
              setLines(currentTarget.value);
              setSaved(false);
            }}
          />
          <Button type="submit" w="fit-content">
            Use these
          </Button>
          <Text size="sm" role="status">
            {isSaved ? "In use" : ""}
          </Text>
        </Stack>
      </form>
    </Section>
  );
}

function Looks() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [preferences, setPreferences] = useStoredPreferences();
  const choices = [
    {
      label: "Theme",
      value: colorScheme,
      onChange: (value: string) => setColorScheme(value as typeof colorScheme),
      data: [
        { value: "auto", label: "As the system" },
        { value: "light", label: "Light" },
        { value: "dark", label: "Dark" },
      ],
    },
    {
      label: "Times",
      value: preferences.zone,
      onChange: (value: string) => setPreferences({ ...preferences, zone: value as typeof preferences.zone }),
      data: [
        { value: "local", label: zoneName("local") },
        { value: "UTC", label: "UTC" },
      ],
    },
    {
      label: "Rows",
      value: preferences.density,
      onChange: (value: string) => setPreferences({ ...preferences, density: value as typeof preferences.density }),
      data: [
        { value: "comfortable", label: "Comfortable" },
        { value: "compact", label: "Compact" },
      ],
    },
  ];
  return (
    <Section title="Looks">
      {choices.map(({ label, ...control }) => (
        <div key={label}>
          <Text size="sm" fw={500}>
            {label}
          </Text>
          <SegmentedControl aria-label={label} size="xs" {...control} />
        </div>
      ))}
    </Section>
  );
}

function ServerFacts() {
  const { data, error, refetch } = useQuery({ queryKey: ["facts"], queryFn: ({ signal }) => getServerFacts(signal) });
  return (
    <Section title="What the server reports">
      {error && <Failed what="the server" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading rows={2} />}
      {data && <JsonView value={data} label="What the server reports" />}
    </Section>
  );
}
