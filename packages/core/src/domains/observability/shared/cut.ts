/** Fewest and most UTF-16 units of a piece, the last one apart, and how often a boundary is found in between. */
const least = 64;
const most = 2048;
const mask = 0xff << 12;

/** Numbers that look random, one for each byte: made, not listed. */
const gear = Uint32Array.from({ length: 256 }, (_, byte) => {
  let x = Math.imul(byte + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
});

/**
 * Cuts a text where its content says so: what two texts have in common is cut alike in both, wherever it stands. A boundary
 * depends on the units of its own piece only, so `before`, the pieces of a text that may begin alike, changes nothing but the
 * time it takes.
 */
export function cut(text: string, before: readonly string[] = []): string[] {
  const pieces: string[] = [];
  let from = 0;
  // The last piece of a text ends with it, and not at a boundary.
  for (let index = 0; index < before.length - 1; index++) {
    const piece = before[index] as string;
    if (!text.startsWith(piece, from)) break;
    pieces.push(piece);
    from += piece.length;
  }
  let hash = 0;
  for (let at = from; at < text.length; at++) {
    hash = ((hash << 1) + (gear[text.charCodeAt(at) & 0xff] as number)) | 0;
    const length = at + 1 - from;
    if (length < least || ((hash & mask) !== 0 && length < most)) continue;
    pieces.push(text.slice(from, at + 1));
    from = at + 1;
    hash = 0;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}
