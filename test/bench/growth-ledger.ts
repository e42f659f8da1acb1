import { join } from "node:path";
import { Redis } from "ioredis";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import { createRedisLedger } from "../../src/adapters/redis/ledger.ts";
import { createSqliteLedger } from "../../src/adapters/sqlite/ledger.ts";
import { machineClock } from "../../src/adapters/sqlite/machine-clock.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { Scheduler } from "../../src/schedule/scheduler.ts";
import { joining } from "../support/book.ts";
import { terms } from "../support/ledger-world.ts";
import { costs, ownMicros, type Meter, type Site } from "./growth-cost.ts";
import type { Curve } from "./growth-table.ts";
import type { Departure, Ledger, LedgerTerms, TurnReport } from "../../src/ports/ledger.ts";

/*
 * What the ledger costs: an admission among ever more who wait, and a turn, and an outlook, under ever larger limits whose
 * windows are full.
 */

const LIMITS = [200, 2000, 20_000, 100_000];
const QUEUES = [1, 100, 10_000];
const HOUR_MS = 3_600_000;
/** Entries handed in with one report. */
const BATCH = 2000;
const TURNS = 100;
const LOOKS = 10;
const ADMISSIONS = 100;

/** Ledgers of one store. */
export interface Ledgers extends AsyncDisposable {
  /** The processor time of all that has a part in it. */
  readonly meter: Meter;
  open(ledgerTerms: LedgerTerms): Ledger;
}

/** In a file of their own. */
export function embeddedLedgers(folder: string): Ledgers {
  const database = openDatabase(join(folder, "ledger.db"), { busyMs: 1000 });
  const opened: Ledger[] = [];
  return {
    meter: ownMicros,
    open(ledgerTerms) {
      const ledger = createSqliteLedger({ database, terms: ledgerTerms, clock: machineClock });
      opened.push(ledger);
      return ledger;
    },
    async [Symbol.asyncDispose]() {
      for (const ledger of opened) await ledger.close();
      database.close();
    },
  };
}

/** In a Redis that is there. */
export function redisLedgers(url: string): Ledgers {
  const [redis, subscriber] = [new Redis(url), new Redis(url)];
  return {
    async meter() {
      const told = [...(await redis.info("cpu")).matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)];
      const seconds = told.reduce((sum, [, spent]) => sum + Number(spent), 0);
      return (await ownMicros()) + seconds * 1_000_000;
    },
    open: (ledgerTerms) =>
      createRedisLedger({ redis, subscriber, prefix: "growth", terms: ledgerTerms }),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

/** A turn that lets somebody in and another out, and an outlook, where windows of an hour are full. */
export async function limitCurves(ledgers: Ledgers, store: string): Promise<Curve[]> {
  const turns: Site[] = [];
  const looks: Site[] = [];
  for (const limit of LIMITS) {
    const quotas = [{ name: "hour", limit, windowMs: HOUR_MS, padMs: 1000 }];
    const ledger = ledgers.open(terms({ upstream: `limit-${limit}`, quotas }));
    const turn = await fullLedger(ledger, limit);
    turns.push({ size: limit, work: turn });
    looks.push({
      size: limit,
      async work(count) {
        for (let look = 0; look < count; look += 1) await ledger.outlook();
      },
    });
  }
  const of = "units a window";
  return [
    {
      what: `a turn of the ledger, ${store}`,
      of,
      points: await costs(turns, TURNS, ledgers.meter),
    },
    {
      what: `an outlook of the ledger, ${store}`,
      of,
      points: await costs(looks, LOOKS, ledgers.meter),
    },
  ];
}

/** Fills a ledger's window; brings what takes turns there: each lets one ticket in, and the one before it out. */
async function fullLedger(
  ledger: Ledger,
  limit: number,
): Promise<(count: number) => Promise<void>> {
  let sequence = 0;
  const turn = async (changes: Partial<TurnReport>): Promise<void> => {
    sequence += 1;
    const nothing = { joins: [], leaves: [], ended: [], returned: [] };
    await ledger.turn({ process: "bench", sequence, ...nothing, ...changes });
  };
  for (let from = 0; from < limit; from += BATCH) {
    const departed = Array.from(
      { length: Math.min(BATCH, limit - from) },
      (_, index): Departure => {
        const agoMs = ((from + index) / limit) * (HOUR_MS / 2);
        return { ticket: `d${from + index}`, consumer: "a", cost: 1, agoMs, underWay: false };
      },
    );
    await turn({ everything: { waiting: [], departed, peers: [] } });
  }
  let tickets = 0;
  return async (count) => {
    for (let done = 0; done < count; done += 1) {
      tickets += 1;
      const leaves = tickets > 1 ? [`t${tickets - 1}`] : [];
      await turn({ joins: [joining(`t${tickets}`)], leaves });
    }
  };
}

/** A request that is let in behind ever more who wait, and gives up. */
export async function queueCurve(ledgers: Ledgers, store: string): Promise<Curve> {
  const sites: Site[] = [];
  await using stack = new AsyncDisposableStack();
  for (const size of QUEUES) {
    const line = new Scheduler({
      ledger: ledgers.open(terms({ upstream: `queue-${size}` })),
      clock: nodeClock,
      terms: terms({ upstream: `queue-${size}` }),
      onStore: () => {},
    });
    const leaving = new AbortController();
    stack.defer(async () => {
      leaving.abort();
      await line.close(AbortSignal.abort());
    });
    const wait = (signal: AbortSignal): Promise<unknown> => {
      const now = nodeClock.monotonic();
      const asked = { consumer: "a", weight: 1, cost: 1, urgency: 3, since: now };
      const request = { ...asked, deadline: now + 86_400_000, returning: false, signal };
      return line.acquire(request).then(
        (permit) => permit.end("failed"),
        () => {},
      );
    };
    for (let waiting = 0; waiting < size + 20; waiting += 1) void wait(leaving.signal);
    await nodeClock.sleep(1000, new AbortController().signal);
    sites.push({
      size,
      async work(count) {
        for (let done = 0; done < count; done += 1) {
          const one = new AbortController();
          const gone = wait(one.signal);
          // Until the ledger has heard of it.
          await nodeClock.sleep(1, one.signal);
          one.abort();
          await gone;
        }
      },
    });
  }
  const what = `a request that is let into the line and gives up, ${store}`;
  return { what, of: "waiting requests", points: await costs(sites, ADMISSIONS) };
}
