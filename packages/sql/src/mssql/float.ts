const bits = new DataView(new ArrayBuffer(8));

/** A finite number as `mantissa` × 2^`exponent`, both whole, exactly. */
export function decompose(value: number): { readonly mantissa: number; readonly exponent: number } {
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (high & 0xf_ffff) * 2 ** 32 + bits.getUint32(4);
  const size = biased === 0 ? fraction : fraction + 2 ** 52;
  return { mantissa: high >>> 31 === 1 ? -size : size, exponent: Math.max(biased, 1) - 1075 };
}

/**
 * The number again, in T-SQL. Every step is exact: the first product is far from both ends of what a double holds, and the
 * second one is the number itself.
 */
export const composed = (mantissa: string, exponent: string): string =>
  `CAST(${mantissa} AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), ${exponent} / 2) * ` +
  `POWER(CAST(2 AS FLOAT(53)), ${exponent} - ${exponent} / 2)`;
