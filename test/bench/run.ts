import { fileURLToPath } from "node:url";
import { startRedis } from "../support/redis-instance.ts";
import { startHaproxy } from "./haproxy.ts";
import { forwards, fromStore, halfLoad, hits, latency, manyUrls, residentMb } from "./parts.ts";
import {
  isInstalled,
  startBare,
  startGateway,
  startNginx,
  startVarnish,
  type GatewayKind,
  type Peer,
} from "./peers.ts";
import { tableOf, writeReport, type Bar, type Row } from "./report.ts";
import { writeScripts } from "./scripts.ts";
import { load } from "./wrk.ts";

/*
 * `npm run bench`: the gateway beside the servers that are installed, on the same core, in turns. About five minutes.
 */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FORWARD_BARS = {
  embedded: { latency: "p50 5 ms, p99 10 ms", rate: "300" },
  redis: { latency: "p50 4 ms, p99 10 ms", rate: "500" },
};

await using servers = new AsyncDisposableStack();
const scripts = writeScripts();
const rows: Row[] = [];
let bars: readonly Bar[] = [];
const keep = (peer: Peer): Peer => servers.use(peer);

const origin = keep(await startBare("origin", "1"));
const bare = keep(await startBare("gateway", "0"));
const gateway = await timed({ name: "sluice", originUrl: origin.url });
rows.push({ what: "memory, idle", against: "", bar: "90 MB", shown: `${residentMb(gateway)} MB` });
const others = await installed(origin.url);
const peers = [gateway, bare, ...others];
for (const peer of peers) await warm(peer);

await part("hits", async () => {
  const outcome = await hits(peers);
  bars = outcome.bars;
  return outcome.rows;
});
await part("latency", () => latency(peers));
await part("many URLs", () => manyUrls(peers, scripts));
await part("half load", () => halfLoad([gateway, bare], scripts));
rows.push({
  what: "memory, after all of this",
  against: "",
  bar: "",
  shown: `${residentMb(gateway)} MB`,
});
await part("forwards", async () => {
  const fresh = keep(await startGateway({ name: "embedded", originUrl: origin.url }));
  return forwards([fresh, origin], scripts, FORWARD_BARS.embedded);
});
await part("Redis", async () => withRedis(others.find(({ name }) => name.startsWith("nginx"))));
console.log(tableOf(rows));
if (bars.length > 0) writeReport(ROOT, rows, bars);

async function part(name: string, measure: () => Promise<Row[]>): Promise<void> {
  try {
    console.log(`${name} ...`);
    rows.push(...(await measure()));
  } catch (error) {
    console.log(`${name}: left out. ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The peers that this machine has; says which it lacks. */
async function installed(originUrl: string): Promise<Peer[]> {
  const known = [
    ["nginx", startNginx],
    ["varnishd", startVarnish],
    ["haproxy", startHaproxy],
  ] as const;
  const found: Peer[] = [];
  for (const [program, open] of known) {
    if (isInstalled(program)) found.push(keep(await open(originUrl)));
    else console.log(`${program} is not installed, so it is left out.`);
  }
  return found;
}

/** Starts a gateway and notes how long that takes. */
async function timed(kind: GatewayKind): Promise<Peer> {
  const since = performance.now();
  const peer = keep(await startGateway(kind));
  const shown = `${Math.round(performance.now() - since)} ms`;
  rows.push({ what: "start to first answer", against: "", bar: "400 ms", shown });
  return peer;
}

/** One connection first, so that all others find it stored; then until everything is compiled. */
async function warm({ url }: Peer): Promise<void> {
  await load({ url: `${url}/items/1`, seconds: 1, connections: 1 });
  await load({ url: `${url}/items/1`, seconds: 4, connections: 64 });
}

async function withRedis(nginx: Peer | undefined): Promise<Row[]> {
  if (!isInstalled("redis-server")) throw new Error("redis-server is not installed.");
  const redis = await startRedis();
  servers.defer(() => redis.stop());
  const kind = { originUrl: origin.url };
  const far = keep(
    await startGateway({
      ...kind,
      name: "from Redis",
      store: { redis: redis.url, nearBytes: "0B" },
    }),
  );
  await warm(far);
  const first = nginx ? await fromStore(far, nginx) : [];
  const near = keep(await startGateway({ ...kind, name: "Redis", store: { redis: redis.url } }));
  return [...first, ...(await forwards([near, origin], scripts, FORWARD_BARS.redis))];
}
