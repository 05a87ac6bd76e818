import { Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { type Found, lookUp } from "../../api/system.ts";
import { addressOf } from "../../components/address.ts";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { MessageSearch } from "./message-search.tsx";

const route = getRouteApi("/search");

/** What an id names in any domain, and messages that hold a text. */
export function Search() {
  const { q, resource } = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState(q);
  const [owner, setOwner] = useState(resource ?? "");
  const ask = useDebouncedCallback(
    (next: { q: string; resource: string }) =>
      void navigate({ search: { q: next.q.trim(), resource: next.resource.trim() || undefined }, replace: true }),
    300,
  );
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["lookup", q],
    queryFn: ({ signal }) => lookUp(q, signal),
    enabled: q !== "",
  });
  return (
    <Screen title="Search" scroll="page">
      <Group data-filter role="search" align="end">
        <TextInput
          label="An id, or words of a message"
          w={{ base: "100%", sm: 380 }}
          value={text}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            ask({ q: currentTarget.value, resource: owner });
          }}
        />
        <TextInput
          label="Messages of resource"
          w={{ base: "100%", sm: 220 }}
          value={owner}
          onChange={({ currentTarget }) => {
            setOwner(currentTarget.value);
            ask({ q: text, resource: currentTarget.value });
          }}
        />
      </Group>
      <section aria-label="Records with this id">
        <Title order={2} size="h6">
          Records with this id
        </Title>
        {q === "" && <Text size="sm">Paste the id of anything: a message, a run, a span, a dataset item…</Text>}
        {error && <Failed what="what the id names" error={error} retry={() => void refetch()} />}
        {q !== "" && isFetching && <Loading rows={2} />}
        {data && data.found.length === 0 && !isFetching && (
          <Text size="sm">No domain has a record with the id “{data.id}”.</Text>
        )}
        <Stack gap={4}>
          {data?.found.map((found) => (
            <Hit key={`${found.kind} ${found.id}`} {...found} />
          ))}
        </Stack>
      </section>
      <MessageSearch q={q} resource={resource} />
    </Screen>
  );
}

function Hit(found: Found) {
  const address = addressOf(found);
  const name = found.title ?? found.id;
  return (
    <Text size="sm" component="div">
      {address ? <TextLink href={address}>{name}</TextLink> : name}{" "}
      <Text span size="xs" c="dimmed">
        {found.kind} in {found.domain}
      </Text>
    </Text>
  );
}
