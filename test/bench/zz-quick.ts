import {
  startBare,
  startGateway,
  startNginx,
  startVarnish,
  LOAD_CORE,
  SERVER_CORE,
} from "/tmp/wt-bench/test/bench/peers.ts";
import { load } from "/tmp/wt-bench/test/bench/wrk.ts";
await using origin = await startBare("origin", LOAD_CORE);
const rounds = Number(process.argv[2] ?? 3);
const which = process.argv[3] ?? "all";
const peers = [
  await startBare("gateway", SERVER_CORE),
  await startGateway({ name: "sluice", originUrl: origin.url }),
];
if (which === "all") peers.push(await startNginx(origin.url), await startVarnish(origin.url));
const res: Record<string, number[]> = {};
for (const p of peers) await load({ url: p.url + "/items/1", seconds: 2, connections: 64 });
for (let i = 0; i < rounds; i++)
  for (const p of peers) {
    const r = await load({ url: p.url + "/items/1", seconds: 2, connections: 64 });
    (res[p.name] ??= []).push(r.perSecond);
  }
const med = (a: number[]) => a.toSorted((x, y) => x - y)[a.length >> 1]!;
const base = med(res["bare node:http"]!);
for (const [k, v] of Object.entries(res))
  console.log(k.padEnd(20), Math.round(med(v)), (med(v) / base).toFixed(3));
for (const p of peers) await p[Symbol.asyncDispose]();
