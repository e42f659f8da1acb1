import { startBare, LOAD_CORE, startGateway } from "./peers.ts";
import { load } from "./wrk.ts";
await using origin = await startBare("origin", LOAD_CORE);
process.env["NODE_OPTIONS"] = "--cpu-prof --cpu-prof-dir=/tmp/prof";
await using g = await startGateway({ name: "sluice", originUrl: origin.url });
delete process.env["NODE_OPTIONS"];
console.log(await load({ url: g.url + "/items/1", seconds: 4, connections: 64 }));
