import { readFileSync } from "node:fs";
import { median, ratio, takeTurns, type Contender, type Shown } from "./rounds.ts";
import { load } from "./wrk.ts";
import type { Peer } from "./peers.ts";
import type { Bar, Row } from "./report.ts";
import type { Scripts } from "./scripts.ts";

/*
 * The parts of the benchmark: what is asked of which servers, and what of the outcome goes into the table.
 */

const ROUNDS = 7;
const SECONDS = 1;
const CONNECTIONS = 64;

/** Until most of what will be asked for is stored. */
const WARM_SECONDS = 8;

/** How a server is loaded. */
interface Shape {
  readonly connections?: number;
  readonly script?: () => string;
  readonly path?: string;
}

type ByName = ReadonlyMap<string, readonly Shown[]>;

async function turns(peers: readonly Peer[], shape: Shape = {}): Promise<ByName> {
  const { connections = CONNECTIONS, script, path = "/items/1" } = shape;
  const contenders = peers.map(({ name, pid, url }): Contender => {
    const run = async () => {
      const scripted = script ? { script: script() } : {};
      const asked = { url: `${url}${path}`, seconds: SECONDS, connections, ...scripted };
      return { ...(await load(asked)), seconds: SECONDS };
    };
    return { name, pid, run };
  });
  return takeTurns(contenders, ROUNDS);
}

const cost = ({ cpuMicros }: Shown): number => cpuMicros;
const pace = ({ perSecond }: Shown): number => perSecond;

/** Hits from memory: by throughput, and by processor time. */
export async function hits(peers: readonly Peer[]): Promise<{ rows: Row[]; bars: Bar[] }> {
  const shown = await turns(peers);
  const bars = peers.map(({ name }) => ({
    name,
    cpuMicros: median((shown.get(name) ?? []).map(cost)),
  }));
  const [ours, ...others] = peers;
  const rows = others.map(({ name }) =>
    compare(shown, [ours?.name ?? "", name], "hits a second, near cache"),
  );
  return { rows, bars };
}

/** Hits from 10,000 URLs, most of them asked for seldom. */
export async function manyUrls(peers: readonly Peer[], scripts: Scripts): Promise<Row[]> {
  for (const { url } of peers) {
    await load({ url, seconds: WARM_SECONDS, connections: 8, script: scripts.zipf });
  }
  const shown = await turns(peers, { script: () => scripts.zipf });
  const [ours, ...others] = peers;
  return others.map(({ name }) =>
    compare(shown, [ours?.name ?? "", name], "hits a second, 10,000 URLs (Zipf)"),
  );
}

/** Hits that each come from the store. */
export async function fromStore(ours: Peer, theirs: Peer): Promise<Row[]> {
  const shown = await turns([ours, theirs]);
  return [compare(shown, [ours.name, theirs.name], "hits a second, from Redis")];
}

/** One connection: how long a hit takes. */
export async function latency(peers: readonly Peer[]): Promise<Row[]> {
  const shown = await turns(peers, { connections: 1 });
  const p50 = (name: string): string =>
    ms(median((shown.get(name) ?? []).map(({ p50Ms }) => p50Ms)));
  const [ours, ...others] = peers.map(({ name }) => `${name} ${p50(name)}`);
  return [
    {
      what: "p50 of a hit, one connection",
      against: others.join(", "),
      bar: "",
      shown: ours ?? "",
    },
  ];
}

/** The slowest of a hundred at half of what each can do. */
export async function halfLoad(peers: readonly [Peer, Peer], scripts: Scripts): Promise<Row[]> {
  const full = await turns(peers);
  const [ours, theirs] = peers;
  const half = Math.min(...peers.map(({ name }) => median((full.get(name) ?? []).map(pace)))) / 2;
  const script = scripts.paced(half, CONNECTIONS);
  const shown = await turns(peers, { script: () => script });
  const times = ratio(
    shown.get(ours.name) ?? [],
    shown.get(theirs.name) ?? [],
    ({ p99Ms }) => p99Ms,
  );
  const what = `p99 of a hit at ${Math.round(half)} a second, half of the slower one's full load`;
  return [
    { what, against: theirs.name, bar: "within 1.2 times", shown: `${times.toFixed(2)} times` },
  ];
}

/** What a forward takes longer than a direct call, and how many a second one process sends. */
export async function forwards(
  [gateway, origin]: readonly [Peer, Peer],
  scripts: Scripts,
  bar: { readonly latency: string; readonly rate: string },
): Promise<Row[]> {
  const script = (): string => scripts.distinct();
  const young = { url: gateway.url, seconds: WARM_SECONDS, connections: 8 };
  await load({ ...young, script: script() });
  const one = await turns([gateway, origin], { connections: 1, script });
  const [ours = [], direct = []] = [one.get(gateway.name), one.get(origin.name)];
  const added = (read: (shown: Shown) => number): string =>
    ms(median(ours.map((shown, round) => read(shown) - (direct[round] ? read(direct[round]) : 0))));
  const many = await turns([gateway], { connections: 16, script });
  const rate = median((many.get(gateway.name) ?? []).map(pace));
  const times = `p50 ${added(({ p50Ms }) => p50Ms)}, p99 ${added(({ p99Ms }) => p99Ms)}`;
  return [
    {
      what: `added latency of a forward, ${gateway.name}`,
      against: "direct call",
      bar: bar.latency,
      shown: times,
    },
    {
      what: `forwards a second a process, ${gateway.name}`,
      against: "",
      bar: bar.rate,
      shown: rate.toFixed(0),
    },
  ];
}

/** Memory that a server holds at present. */
export function residentMb({ pid }: Pick<Peer, "pid">): number {
  const [, kilobytes = "0"] =
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

const BARS: Readonly<Record<string, string>> = {
  "hits a second, near cache nginx proxy_cache": "1.0",
  "hits a second, near cache Varnish": "1.3",
  "hits a second, near cache bare node:http": "0.95",
  "hits a second, from Redis nginx proxy_cache": "0.6",
};

function compare(shown: ByName, [ours, theirs]: readonly [string, string], what: string): Row {
  const [mine = [], others = []] = [shown.get(ours), shown.get(theirs)];
  const [rate, time] = [ratio(mine, others, pace), ratio(others, mine, cost)];
  const micros = [mine, others].map((list) => median(list.map(cost)).toFixed(0)).join(" to ");
  const text = `${rate.toFixed(2)}; by processor time ${time.toFixed(2)} (${micros} us)`;
  return { what, against: theirs, bar: BARS[`${what} ${theirs}`] ?? "", shown: text };
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}
