import { startBare, startGateway, type Peer } from "./peers.ts";
import { median, ratio, takeTurns, type Contender, type Shown } from "./rounds.ts";
import { load } from "./wrk.ts";

/*
 * `npm run bench:quick`: a ratchet. Ends with 1 where a hit from memory costs more than it ever may beside a bare
 * node:http server with the same body and fields, asked in turns in the same run.
 */

/** At least this part of a bare server's pace, by processor time: half of the bar in docs/performance.md. */
const BAR = 0.47;

const WARM_SECONDS = 4;
const ROUND = { seconds: 1, connections: 64 };
const ROUNDS = 4;

function contender({ name, pid, url }: Peer): Contender {
  const run = async () => ({ ...(await load({ url: `${url}/items/1`, ...ROUND })), ...ROUND });
  return { name, pid, run };
}

function cost({ cpuMicros }: Shown): number {
  return cpuMicros;
}

async function measure(): Promise<number> {
  await using origin = await startBare("origin", "1");
  await using bare = await startBare("gateway", "0");
  await using gateway = await startGateway({ name: "sluice", originUrl: origin.url });
  // One at first, so that all others find it stored; then until it is compiled.
  await load({ url: `${gateway.url}/items/1`, seconds: 1, connections: 1 });
  await load({ url: `${gateway.url}/items/1`, seconds: WARM_SECONDS, connections: 64 });
  const shown = await takeTurns([contender(bare), contender(gateway)], ROUNDS);
  const [theirs = [], ours = []] = [shown.get(bare.name), shown.get(gateway.name)];
  const micros = [theirs, ours].map((list) => median(list.map(cost)).toFixed(0));
  console.log(`A hit: ${micros[1]} us of processor time; bare node:http: ${micros[0]} us.`);
  return ratio(theirs, ours, cost);
}

const pace = await measure();
console.log(`That is ${pace.toFixed(2)} of its pace; at least ${BAR} is asked for.`);
if (!(pace >= BAR)) process.exitCode = 1;
