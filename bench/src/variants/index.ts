import type { Variant, VariantKey } from "../subject.ts";
import { driver } from "./driver.ts";
import { native } from "./native.ts";
import { peer } from "./peer.ts";
import { stowage } from "./stowage.ts";

export const variants: Record<VariantKey, Variant> = { stowage, peer, driver, native };
