// Waits for the word to start, together with its siblings, and takes a number of turns at one counter.
import { isConflict, modify, patch, upsert } from "@stowage/core/engine";
import { libsqlEngine } from "../../src/engine.ts";
import { noteOf, notes, steps } from "../tables.ts";

const [url = "", turns = "0"] = process.argv.slice(2);
const start = new Promise((resolve) => process.once("message", resolve));
process.send?.("ready");
await start;
const engine = libsqlEngine({ url });
await engine.converge([notes, steps]);
/** With so many at one record a turn may take more tries than `modify` makes. */
async function insist(turn: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await turn();
    } catch (error) {
      if (!isConflict(error) || error.retry !== "exhausted") throw error;
    }
  }
}

for (let n = 0; n < Number(turns); n++) {
  await insist(() => takeTurn(n));
}
await engine.close();
process.disconnect();

function takeTurn(turn: number): Promise<void> {
  return modify(engine, notes, ["counter"], (row) => ({
    write: [
      row
        ? patch(notes, ["counter"], { set: { n: row.n + 1 }, expect: { rev: row._rev } })
        : upsert(notes, noteOf({ id: "counter", n: 1 }), { expect: "absent" }),
      upsert(notes, noteOf({ id: `${process.pid}-${turn}` })),
    ],
    result: undefined,
  }));
}
