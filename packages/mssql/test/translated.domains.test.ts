import { domainKeys, domainSuite, storageHarness } from "@stowage/testkit";
import { onTranslation, translatedHarness } from "./translated.ts";

// Batches of datasets hold thousands of rows, of which the translation makes minutes.
const domains = domainKeys.filter((key) => key !== "datasets");

onTranslation((pool) => {
  const harness = storageHarness(translatedHarness(pool, { recycle: true }));
  // What the statements mean is shown by a few cases of each property as well as by many.
  domainSuite("mssql", { ...harness, domains, propertyShare: 0 });
});
