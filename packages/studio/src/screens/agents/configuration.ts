/** The model of a configuration, or how many there are to choose from by rules. */
export function modelOf(model: unknown): string | undefined {
  if (Array.isArray(model)) return `${model.length} by rules`;
  const { provider, name } = (model ?? {}) as { provider?: string; name?: string };
  return provider && name ? `${provider}/${name}` : name;
}

/** Instructions as one text: blocks one after the other, references by their id. */
export function instructionsOf(instructions: unknown): string {
  if (typeof instructions === "string") return instructions;
  if (!Array.isArray(instructions)) return "";
  return instructions
    .map((block: { type?: string; content?: string; id?: string }) => block.content ?? `[prompt block ${block.id}]`)
    .join("\n\n");
}

/** Fields of a version that are not configuration. */
const about = new Set([
  "id",
  "agentId",
  "versionNumber",
  "changedFields",
  "changeMessage",
  "createdAt",
  "instructions",
]);

/** What a version holds beside its instructions. */
export const settingsOf = (version: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(version).filter(([field, value]) => !about.has(field) && value != null));
