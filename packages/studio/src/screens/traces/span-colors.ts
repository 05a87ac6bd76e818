/** Colours of spans by what they are about. The type stands beside them in words. */
const colors: readonly [types: RegExp, color: string][] = [
  [/^(agent|scorer)_/, "violet"],
  [/^(model_|rag_embedding)/, "blue"],
  [/tool_call$|^mcp_/, "orange"],
  [/^workflow_/, "teal"],
  [/^(memory_|rag_|workspace_|graph_)/, "grape"],
  [/^processor_/, "cyan"],
];

export function colorOf(spanType: string): string {
  const name = colors.find(([types]) => types.test(spanType))?.[1] ?? "gray";
  return `var(--mantine-color-${name}-6)`;
}
