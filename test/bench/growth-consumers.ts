import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { pinned, startBare, startGateway, LOAD_CORE, type Peer } from "./peers.ts";
import { cpuMs, median } from "./rounds.ts";
import type { Curve } from "./growth-table.ts";

/* Hits by ever more consumers, in a gateway of its own process. */

const SIZES = [1, 10, 100, 1000];
const ROUNDS = 5;
const SECONDS = 1;

interface Site extends Peer {
  readonly size: number;
}

/** What one hit costs where so many consumers ask in turn. */
export async function consumersCurve(): Promise<Curve> {
  await using servers = new AsyncDisposableStack();
  const origin = servers.use(await startBare("origin", LOAD_CORE));
  const sites: Site[] = [];
  for (const size of SIZES) {
    const peer = servers.use(await open(size, origin.url));
    sites.push({ ...peer, size });
    await load(peer.url, size, 2);
  }
  const shown = new Map<Site, number[]>(sites.map((site) => [site, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const site of sites) {
      const before = cpuMs(site.pid);
      const hits = await load(site.url, site.size, SECONDS);
      shown.get(site)?.push(((cpuMs(site.pid) - before) * 1000) / hits);
    }
  }
  const points = sites.map((site) => ({ size: site.size, micros: median(shown.get(site) ?? []) }));
  return { what: "a hit on the whole path", of: "consumers", points };
}

/** One consumer more than is asked by, whose key begins in the same way. */
function open(size: number, originUrl: string): Promise<Peer> {
  const names = Array.from({ length: size }, (_, index) => `c${index}`);
  const consumers = Object.fromEntries(names.map((name) => [name, { key: `growth-key-${name}` }]));
  const anybody = { probe: { key: "growth-key-probe" } };
  return startGateway({
    name: `${size} consumers`,
    originUrl,
    path: "/items/1?apikey=growth-key-probe",
    api: { keys: [{ in: "query", name: "apikey", value: "upstream-key" }] },
    more: { consumers: { ...consumers, ...anybody } },
  });
}

/** Asks for one stored response by each consumer in turn; brings how often. @throws Error where an answer was not 200. */
async function load(url: string, consumers: number, seconds: number): Promise<number> {
  const loader = fileURLToPath(new URL("growth-loader.ts", import.meta.url));
  const args = [loader, url, String(consumers), String(seconds)];
  const [program = "", ...rest] = pinned(LOAD_CORE, [process.execPath, ...args]);
  const { stdout } = await promisify(execFile)(program, rest);
  return Number(stdout);
}
