/** Writes row after row and prints the id of each that was acknowledged, until somebody kills it. */
import { insert } from "@stowage/core/engine";
import { clickhouseEngine } from "../../src/engine.ts";
import { note, notes } from "../notes.ts";

const [url = "", database = "", name = ""] = process.argv.slice(2);
const engine = clickhouseEngine({ url, username: "default", password: "", database });
for (let n = 0; ; n++) {
  const id = `${name}${n}`;
  await engine.write([insert(notes, note(id, { n }))]);
  console.log(id);
}
