import { test } from "vitest";
import { canDrive } from "./browser.ts";

/** A test that drives a browser. */
export const browserTest = test.runIf(canDrive);
