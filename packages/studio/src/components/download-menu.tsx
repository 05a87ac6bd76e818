import { ActionIcon, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";

interface DownloadMenuProps {
  /** What can be had, and how it is saved. Saving never rejects. */
  items: readonly { readonly label: string; readonly save: () => Promise<unknown> }[];
}

/** A button that offers files. */
export function DownloadMenu({ items }: DownloadMenuProps) {
  const [isBusy, setBusy] = useState(false);
  const start = async (save: () => Promise<unknown>) => {
    setBusy(true);
    await save();
    setBusy(false);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label="Download" title="Download" loading={isBusy}>
          <IconDownload size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(({ label, save }) => (
          <Menu.Item key={label} onClick={() => void start(save)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
