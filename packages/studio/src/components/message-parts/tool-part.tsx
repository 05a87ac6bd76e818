import { Stack, Text } from "@mantine/core";
import { bytes, JsonView } from "../json-view.tsx";
import { StateBadge } from "../state-badge.tsx";
import { Fold } from "./fold.tsx";
import { type Part, textOf } from "./part.ts";

/** A call of a tool in any of the forms it is stored in. */
interface ToolCall {
  name: string;
  state: string;
  input: unknown;
  output: unknown;
  error: string | undefined;
}

const states: Readonly<Record<string, string>> = {
  "partial-call": "streaming",
  "input-streaming": "streaming",
  call: "waiting",
  "input-available": "waiting",
  "approval-requested": "approval asked",
  "approval-responded": "approved",
  "output-denied": "denied",
  result: "done",
  "output-available": "done",
  "output-error": "failed",
};

function callOf(part: Part): ToolCall {
  const call = (typeof part.toolInvocation === "object" && part.toolInvocation ? part.toolInvocation : part) as Part;
  const state = textOf(call, "state") ?? (call.result === undefined && call.output === undefined ? "call" : "result");
  return {
    name: textOf(call, "toolName") ?? part.type.replace(/^tool-/, ""),
    state: states[state] ?? state,
    input: call.args ?? call.input,
    output: call.result ?? call.output,
    error: textOf(call, "errorText", "error"),
  };
}

/** Name, state, arguments and result. */
export function ToolPart({ part }: { part: Part }) {
  const { name, state, input, output, error } = callOf(part);
  const size = JSON.stringify(output)?.length ?? 0;
  return (
    <Fold title={name} note={<StateBadge state={state} />}>
      <Stack gap="xs">
        <Value label="Arguments" value={input} />
        {output !== undefined && <Value label={`Result, ${bytes(size)}`} value={output} />}
        {error && (
          <Text size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
      </Stack>
    </Fold>
  );
}

function Value({ label, value }: { label: string; value: unknown }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <JsonView value={value} label={label} />
    </div>
  );
}
