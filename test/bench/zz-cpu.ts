import { readFileSync } from "node:fs";
import { startBare, LOAD_CORE, SERVER_CORE, startGateway } from "./peers.ts";
import { load } from "./wrk.ts";
await using origin = await startBare("origin", LOAD_CORE);
await using b = await startBare("gateway", SERVER_CORE);
await using g = await startGateway({ name: "sluice", originUrl: origin.url });
const cpu = (pid: number) => {
  const f = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(f[11]) + Number(f[12])) * 10;
};
for (let i = 0; i < 3; i++)
  for (const p of [b, g]) {
    const c = cpu(p.pid);
    const t = performance.now();
    const r = await load({ url: p.url + "/items/1", seconds: 2, connections: 64 });
    const used = cpu(p.pid) - c;
    console.log(
      p.name,
      Math.round(r.perSecond),
      "cpu ms",
      used,
      "of",
      Math.round(performance.now() - t),
      "us/req",
      ((used * 1000) / (r.perSecond * 2)).toFixed(1),
    );
  }
