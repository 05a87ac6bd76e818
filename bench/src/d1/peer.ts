import { D1Store } from "@mastra/cloudflare-d1";
import { openStore } from "../store.ts";
import { benchWorker } from "./worker.ts";

export default benchWorker((binding) => openStore(new D1Store({ id: "bench", binding: binding as never }) as never));
