/** A step within nested workflows, from the outermost inwards, as an address has it. */
export const readStepPath = (text: string | undefined): string[] =>
  text === undefined || text === "" ? [] : text.split("/").map(decoded);

export const stepPathText = (path: readonly string[]): string | undefined =>
  path.length === 0 ? undefined : path.map(encodeURIComponent).join("/");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
