import { expect, test } from "vitest";
import { isManifest, readManifest, writeManifest } from "./manifest.ts";

const refs = [
  { pack: "hofc5uojls", place: 0 },
  { pack: "hofc5uojls", place: 1 },
  { pack: "hofc5uoqtc", place: 4 },
  { pack: "hofc5uojls", place: 7 },
  { pack: "hofc5uoqtc", place: 5 },
  { pack: "hofc5uoqtc", place: 6 },
  { pack: "hofc5uoaaa", place: 0 },
];

test("a record is named once, later ones by their distance from the first", () => {
  const text = writeManifest(refs);
  expect(text).toBe('{"$stowage":{"shared":"hofc5uojls.0-1,+77k.4,0:7,1:5-6,hofc5uoaaa.0"}}');
  expect(isManifest(text)).toBe(true);
  expect(readManifest(text)).toEqual(refs);
});

test("what no value of ours is, is no list of pieces", () => {
  const made = (runs: string) => `{"$stowage":{"shared":"${runs}"}}`;
  expect(readManifest(made("a.0,3:1"))).toBeUndefined();
  expect(readManifest(made("a.x"))).toBeUndefined();
  expect(readManifest(made(""))).toBeUndefined();
});
