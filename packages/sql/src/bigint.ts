/** The bigint that `orderedBigint` was given. */
export function parseOrderedBigint(text: string): bigint {
  const digits = text.slice(9);
  if (text.startsWith("1")) return BigInt(digits);
  return -BigInt(digits.replace(/\d/g, (digit) => String(9 - Number(digit))));
}
