import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconArrowRight, IconHash, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { lookUp } from "../api/system.ts";
import { addressOf } from "../components/address.ts";
import { navigation } from "./navigation.ts";

/** Screens by name, and any record by its id. */
export function Palette() {
  const { history } = useRouter();
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 200);
  const { data } = useQuery({
    queryKey: ["lookup", asked],
    queryFn: ({ signal }) => lookUp(asked, signal),
    enabled: asked.length > 2,
  });
  const open = (to: string) => () => history.push(to);

  const records: SpotlightActionData[] = (data?.found ?? []).flatMap((found) => {
    const to = addressOf(found);
    if (!to) return [];
    const label = found.title ? `${found.title}` : found.id;
    const description = `${found.kind} ${found.id}`;
    return [
      {
        id: `${found.kind} ${found.id}`,
        label,
        description,
        keywords: [asked],
        leftSection: <IconHash size={18} />,
        onClick: open(to),
      },
    ];
  });
  const screens = navigation.map(({ label, to, icon: Icon }) => ({
    id: to,
    label,
    leftSection: <Icon size={18} />,
    onClick: open(to),
  }));
  const searching: SpotlightActionData[] = asked
    ? [
        {
          id: "search",
          label: `Search for “${asked}”`,
          keywords: [asked],
          leftSection: <IconArrowRight size={18} />,
          onClick: open(`/search?${new URLSearchParams({ q: asked })}`),
        },
      ]
    : [];
  return (
    <Spotlight
      actions={[...records, ...screens, ...searching]}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      highlightQuery
      nothingFound="Nothing has this name or id"
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: "A screen, or any id",
        "aria-label": "Find a screen or an id",
      }}
    />
  );
}
