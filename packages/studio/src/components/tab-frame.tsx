import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";

interface Tab<Name extends string> {
  name: Name;
  label: string;
  content: ReactNode;
  /** `table` fills what is left of the window, `text` scrolls and is as wide as one reads. Default: it scrolls. */
  layout?: "table" | "text";
}

interface TabFrameProps<Name extends string> {
  tabs: readonly Tab<Name>[];
  value: Name;
  onChange: (name: Name) => void;
}

/** The sides of one record. Only the one that is looked at is fetched and drawn. */
export function TabFrame<Name extends string>({ tabs, value, onChange }: TabFrameProps<Name>) {
  return (
    <Tabs
      className="fill"
      display="flex"
      style={{ flexDirection: "column" }}
      value={value}
      onChange={(next) => onChange((next ?? tabs[0]?.name) as Name)}
      keepMounted={false}
    >
      <Tabs.List>
        {tabs.map(({ name, label }) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ name, content, layout }) => (
        <Tabs.Panel
          key={name}
          value={name}
          pt="md"
          {...(layout === "table"
            ? { className: "tab-table" }
            : { style: { overflow: "auto" }, ...(layout === "text" && { maw: 860 }) })}
        >
          {content}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
