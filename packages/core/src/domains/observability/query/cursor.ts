/** JSON as the unpadded base64 that fits in a URL. */
export function encodeCursor(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The store's name in cursors of polls: those of another store are refused. */
export const adapterName = "stowage";

export const pageCursor = (binding: string | undefined, values: object): string =>
  encodeCursor({ version: 1, binding, values });

export const deltaCursor = (binding: string | undefined, watermark: string): string =>
  encodeCursor({ version: 1, kind: "trace-delta", binding, adapter: adapterName, watermark });
