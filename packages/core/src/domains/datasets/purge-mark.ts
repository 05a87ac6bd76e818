import { purgeMetadata } from "../shared/purge-mark.ts";

/** What a purge leaves of the content of an item row. */
export const purgedContent = (purgedAt: number) => ({
  input: "null",
  groundTruth: null,
  expectedTrajectory: null,
  toolMocks: null,
  unmockedToolPolicy: null,
  scorerIds: null,
  requestContext: null,
  source: null,
  metadata: purgeMetadata(purgedAt),
  purgedAt,
});
