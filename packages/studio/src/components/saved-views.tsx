import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useLocation } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { TextLink } from "./text-link.tsx";

interface SavedView {
  name: string;
  /** The screen's parameters, as its address has them. */
  search: string;
}

/** Filters and order of a screen under a name, remembered in this browser. A link to one is what any colleague can open. */
export function SavedViews() {
  const { pathname, searchStr } = useLocation();
  const [views, setViews] = useLocalStorage<SavedView[]>({
    key: `stowage.views.${pathname}`,
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const [name, setName] = useState("");
  const save = (event: FormEvent) => {
    event.preventDefault();
    const given = name.trim();
    if (given === "") return;
    const kept = views.filter((view) => view.name !== given);
    setViews([...kept, { name: given, search: searchStr }].sort((a, b) => a.name.localeCompare(b.name)));
    setName("");
  };
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconBookmark size={14} />}>
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs" component="section" aria-label="Saved views">
          {views.length === 0 && (
            <Text size="sm" c="dimmed">
              No view is saved yet.
            </Text>
          )}
          {views.map((view) => (
            <Group key={view.name} justify="space-between" wrap="nowrap">
              <TextLink href={`${pathname}${view.search}`}>{view.name}</TextLink>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Forget the view ${view.name}`}
                onClick={() => setViews(views.filter((other) => other !== view))}
              >
                <IconTrash size={14} />
              </ActionIcon>
            </Group>
          ))}
          <form onSubmit={save}>
            <Group gap="xs" wrap="nowrap">
              <TextInput
                size="xs"
                data-autofocus
                aria-label="Name of the view"
                placeholder="Name of this view"
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              <Button size="xs" type="submit" disabled={name.trim() === ""}>
                Save
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
