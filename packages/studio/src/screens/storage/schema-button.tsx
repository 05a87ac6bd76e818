import { Button, Code, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { IconStethoscope } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { applySchema, type EngineStatements, getPendingSchema } from "../../api/system.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { confirm } from "../../components/confirm.tsx";
import { CopyText } from "../../components/copy-text.tsx";

/** Holds the schema of each database against what this release declares, and offers to run what is missing. */
export function SchemaButton() {
  const [isBusy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      const { engines } = await getPendingSchema();
      modals.open({
        title: "Check of the storage",
        size: "lg",
        closeButtonProps: { "aria-label": "Close" },
        children: <Pending engines={engines} />,
      });
    } catch (error) {
      notifications.show({ color: "red", title: "The check failed", message: (error as Error).message });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconStethoscope size={14} />}
      loading={isBusy}
      onClick={() => void check()}
    >
      Check
    </Button>
  );
}

function Pending({ engines }: { engines: readonly EngineStatements[] }) {
  const queries = useQueryClient();
  const isReadOnly = useReadOnly();
  const statements = engines.flatMap(({ statements }) => statements);
  const count = `${statements.length} ${statements.length === 1 ? "statement" : "statements"}`;
  const apply = () => {
    modals.closeAll();
    confirm({
      title: `Run ${count}?`,
      text: `This makes ${engines.length === 1 ? "the database" : `${engines.length} databases`} have what this release declares. Tables and columns are only added.`,
      verb: `Run ${count}`,
      typed: "run",
      run: applySchema,
      done: `${count} run`,
      after: () => void queries.invalidateQueries(),
    });
  };
  return (
    <Stack gap="sm">
      {engines.map(({ engine, target, statements, unknown }) => (
        <Stack key={`${engine} ${target}`} gap={4}>
          <Text size="sm">
            <b>{engine}</b> {target}:{" "}
            {statements.length === 0 ? "the schema is as it should be" : `${statements.length} pending`}
            {unknown.length > 0 && `; not of this release: ${unknown.join(", ")}`}
          </Text>
          {statements.length > 0 && (
            <Code block mah={300} style={{ overflow: "auto" }} tabIndex={0} aria-label={`Statements for ${engine}`}>
              {statements.map((statement) => `${statement};`).join("\n")}
            </Code>
          )}
        </Stack>
      ))}
      {statements.length > 0 && (
        <>
          <CopyText text={statements.map((statement) => `${statement};`).join("\n")} label="Copy the statements" />
          {!isReadOnly && <Button onClick={apply}>Run {count}</Button>}
        </>
      )}
    </Stack>
  );
}
