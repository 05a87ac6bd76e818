/** `key=value` as the condition the server takes; a value that is JSON, such as a number, is meant as such. */
export function conditionOf(text: string | undefined): Record<string, unknown> | undefined {
  const [, key, value] = /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(text ?? "") ?? [];
  if (!key || value === undefined) return undefined;
  try {
    return { [key]: JSON.parse(value) as unknown };
  } catch {
    return { [key]: value };
  }
}
