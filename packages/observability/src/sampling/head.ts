/** Which traces are kept, by what is known when they begin. */
export type Sampler =
  | { type: "always" }
  | { type: "never" }
  /** A share from 0 to 1. The trace id decides, so that services that sample alike keep the same traces. */
  | { type: "ratio"; ratio: number }
  | { type: "custom"; keep: (traceId: string) => boolean };

/** Whether a trace is kept. The same trace always gets the same answer. */
export function sampled(sampler: Sampler, traceId: string): boolean {
  if (sampler.type === "always") return true;
  if (sampler.type === "never") return false;
  if (sampler.type === "custom") return sampler.keep(traceId);
  return shareOf(traceId) < sampler.ratio;
}

/** Where a trace stands between 0 and 1: by the last 56 bits of a hexadecimal id, which are random, else by a hash. */
function shareOf(traceId: string): number {
  const tail = traceId.slice(-14);
  if (/^[0-9a-f]{14}$/i.test(tail)) return Number.parseInt(tail.slice(0, 12), 16) / 2 ** 48;
  let hash = 0x811c9dc5;
  for (let index = 0; index < traceId.length; index++) hash = Math.imul(hash ^ traceId.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
