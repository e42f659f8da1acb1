import { parseArgs } from "node:util";
import { startRedis } from "../support/redis-instance.ts";
import { startBare, startGateway, type Peer } from "./peers.ts";
import { median, takeTurns, type Shown } from "./rounds.ts";
import { loadDistinct } from "./wrk.ts";

/*
 * `npm run bench:forwards`: what one forward takes of the gateway's processor, by kind and store, beside what a direct
 * call takes of the bare server; the quota is open wide. `-- --profile DIR` writes a processor profile of each gateway.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    count: { type: "string", default: "500" },
    store: { type: "string", default: "" },
    kind: { type: "string", default: "" },
    profile: { type: "string", default: "" },
  },
});

const ROUNDS = Number(values.rounds);
const COUNT = Number(values.count);
/** Until most of the path is compiled. */
const WARM = 1500;
const BUSY = 16;

const KINDS = {
  "GET, passed through": { path: "/pass", method: "GET" },
  "GET, a miss that is stored": { path: "/items", method: "GET" },
  POST: { path: "/items", method: "POST" },
} as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];

const API = {
  unlistedGets: "forward",
  quotas: [{ limit: 100_000, window: "60s", pad: "1s" }],
  routes: [{ match: "GET /items/**", cache: { lifetime: "10m", override: true } }],
};

let salts = 0;

function run({ url }: Peer, { path, method }: Kind, load: { connections: number; count: number }) {
  salts += 1;
  const salt = `${process.pid}-${salts}`;
  return loadDistinct({ ...load, url: `${url}${path}`, salt, method });
}

function of(list: readonly Shown[], read: (one: Shown) => number): number {
  return median(list.map(read));
}

async function measure(gateway: Peer, origin: Peer): Promise<void> {
  for (const [what, kind] of Object.entries(KINDS)) {
    if (!what.includes(values.kind)) continue;
    await run(gateway, kind, { connections: BUSY, count: WARM });
    const contend = (peer: Peer, connections: number) => ({
      name: `${peer.name} ${connections}`,
      pid: peer.pid,
      run: () => run(peer, kind, { connections, count: COUNT }),
    });
    const contenders = [
      contend(gateway, BUSY),
      contend(origin, BUSY),
      contend(gateway, 1),
      contend(origin, 1),
    ];
    const shown = [...(await takeTurns(contenders, ROUNDS)).values()];
    const [busy = [], bare = [], alone = [], direct = []] = shown;
    const added = (read: (one: Shown) => number): string =>
      (of(alone, read) - of(direct, read)).toFixed(2);
    const [cpu, bareCpu] = [busy, bare].map((list) =>
      (of(list, ({ cpuMicros }) => cpuMicros) / 1000).toFixed(2),
    );
    const rate = of(busy, ({ perSecond }) => perSecond).toFixed(0);
    console.log(
      `${gateway.name}, ${what}: ${cpu} ms of processor time (bare: ${bareCpu}), ${rate} a second; ` +
        `adds p50 ${added(({ p50Ms }) => p50Ms)} ms, p99 ${added(({ p99Ms }) => p99Ms)} ms`,
    );
  }
}

await using servers = new AsyncDisposableStack();
const origin = servers.use(await startBare("origin", "1"));

/** The profile is of the gateway alone, not of those who load it. */
async function profiled(kind: Parameters<typeof startGateway>[0]): Promise<Peer> {
  const options = process.env["NODE_OPTIONS"] ?? "";
  if (values.profile !== "") {
    const name = `${kind.name}.cpuprofile`;
    process.env["NODE_OPTIONS"] =
      `${options} --cpu-prof --cpu-prof-dir=${values.profile} --cpu-prof-name=${name}`;
  }
  try {
    return await startGateway(kind);
  } finally {
    process.env["NODE_OPTIONS"] = options;
  }
}

if (values.store !== "redis") {
  await using gateway = await profiled({ name: "embedded", originUrl: origin.url, api: API });
  await measure(gateway, origin);
}
if (values.store !== "embedded") {
  const redis = await startRedis();
  servers.defer(() => redis.stop());
  const store = { redis: redis.url };
  await using gateway = await profiled({ name: "redis", originUrl: origin.url, api: API, store });
  await measure(gateway, origin);
}
