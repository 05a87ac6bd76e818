import fc from "fast-check";

/**
 * One seed for every property test. In CI it is fixed, so that the verdict on a commit is the commit's; elsewhere every
 * run tries new cases. `STOWAGE_SEED` repeats a run or tries another one.
 */
const seed = process.env.STOWAGE_SEED ?? (process.env.CI ? "20261122" : undefined);
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
