/** Colours of spans by what they are about. The type stands beside them in words. */
const colors: readonly [types: RegExp, color: string][] = [
  [/^(agent|scorer)_/, "violet"],
  [/^(model_|rag_embedding)/, "blue"],
  [/tool_call$|^mcp_/, "orange"],
  [/^workflow_/, "teal"],
  [/^(memory_|rag_|workspace_|graph_)/, "grape"],
  [/^processor_/, "cyan"],
];

/** `shade` from 0, the lightest, to 9. */
export function colorOf(spanType: string, shade = 6): string {
  const name = colors.find(([types]) => types.test(spanType))?.[1] ?? "gray";
  return `var(--mantine-color-${name}-${shade})`;
}
