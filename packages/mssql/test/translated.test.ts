import { chaosSuite, engineSuite, modelSuite } from "@stowage/testkit";
import { onTranslation, translatedHarness } from "./translated.ts";

onTranslation((pool) => {
  const harness = translatedHarness(pool);
  engineSuite("mssql", harness);
  modelSuite("mssql", harness);
  chaosSuite("mssql", harness);
});
