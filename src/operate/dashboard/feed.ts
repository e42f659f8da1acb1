import { tallyOf } from "../../observe/account-counts.ts";
import { orLost } from "../../ports/faults.ts";
import { healthOf } from "./health.ts";
import { MinuteBook, type MinuteReading } from "./minutes.ts";
import {
  consumerRows,
  quotaView,
  routeRows,
  type EventLine,
  type KnownConsumer,
  type Snapshot,
} from "./snapshot.ts";
import { SAMPLE_MS, sampleOf, Trail } from "./trail.ts";
import type { Accounts } from "../../ports/accounts.ts";
import type { CacheUsage } from "../../ports/cache-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ledger, LedgerOutlook, LedgerTerms } from "../../ports/ledger.ts";
import type { Foreseen, Prospect } from "../../schedule/foresee.ts";

/*
 * One snapshot a second for all who look at an upstream, and none while nobody does. What the stores know is read
 * from them, so that it holds for all instances; while one of them is away its figures are missing, and nothing else.
 * The trail of the window alone is kept all the time, at one look into the ledger every five seconds.
 */

/** Between two snapshots, in milliseconds. */
const TICK_MS = 1000;

/** Consumers whose wait is foretold in one snapshot. */
const MOST_FORETOLD = 50;

/** What stored responses take changes slowly, and counting them is not free. */
const USAGE_MS = 5000;

/** Events that a snapshot shows. */
const MOST_EVENTS = 30;

/** What a feed is built with. */
export interface FeedParts {
  readonly clock: Clock;
  /** Those that the ledger keeps, which what is learned changes in place. */
  readonly terms: LedgerTerms;
  /** The quotas of the configuration. */
  readonly configured: () => LedgerTerms["quotas"];
  readonly ledger: Pick<Ledger, "outlook" | "onHint">;
  /** What would await a request; `undefined` where nothing is known. */
  readonly foresee: (prospect: Prospect) => Promise<Foreseen | undefined>;
  readonly accounts: Pick<Accounts, "read">;
  /** Those of the configuration and of the store. @throws StoreFault */
  readonly known: () => Promise<readonly KnownConsumer[]>;
  readonly usage: () => Promise<CacheUsage>;
  readonly maxBytes: number;
  readonly storeKind: "redis" | "embedded";
  readonly draining: () => boolean;
  /** Newest first. */
  readonly events: () => readonly EventLine[];
}

/** What stands for minutes that could not be read. */
const NOTHING_READ: MinuteReading = {
  minutes: [],
  sums: { total: {}, consumers: new Map(), routes: new Map() },
  recent: {},
};

/** Tells whoever looks at one upstream how it stands. */
export class Feed {
  readonly #parts: FeedParts;
  readonly #minutes: MinuteBook;
  readonly #trail = new Trail();
  readonly #viewers = new Set<(snapshot: Snapshot) => void>();
  readonly #closed = new AbortController();
  #ticking = false;
  #usage: { readonly at: number; readonly usage: CacheUsage | undefined } | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#minutes = new MinuteBook(parts.accounts, parts.terms.upstream);
    parts.ledger.onHint(({ kind }) => {
      if (kind === "paused") void this.#look();
    });
    void this.#every(SAMPLE_MS, () => true, this.#look.bind(this));
  }

  /** How many look at present. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /** Aborts when nothing more will be told. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Calls with each new snapshot, until the returned function is called. */
  watch(viewer: (snapshot: Snapshot) => void): () => void {
    this.#viewers.add(viewer);
    void this.#tick();
    return () => void this.#viewers.delete(viewer);
  }

  /** How the upstream stands now. Never rejects: what cannot be learned is absent. */
  async snapshot(): Promise<Snapshot> {
    const { clock, terms, maxBytes, storeKind, draining, events } = this.#parts;
    const at = clock.now();
    const [outlook, reading = NOTHING_READ, known = [], usage] = await Promise.all([
      this.#look(),
      orLost(this.#minutes.read(at), undefined),
      orLost(this.#parts.known(), undefined),
      this.#readUsage(),
    ]);
    const waits = outlook ? await this.#foretell(outlook) : new Map<string, number>();
    const quota = outlook && quotaView(outlook, terms, this.#parts.configured());
    const inputs = { reading, outlook, known, waits };
    const minutes = reading.minutes.map((one) => ({ ...one, tally: tallyOf(one.counts) }));
    return {
      at,
      upstream: terms.upstream,
      ...(quota ? { quota } : {}),
      samples: this.#trail.samples,
      pauses: this.#trail.pauses(),
      minutes,
      total: tallyOf(reading.sums.total),
      consumers: consumerRows(inputs),
      routes: routeRows(inputs),
      ...(usage ? { stored: { ...usage, maxBytes } } : {}),
      health: healthOf({
        storeKind,
        draining: draining(),
        quota,
        recent: reading === NOTHING_READ ? undefined : reading.recent,
      }),
      events: events().slice(0, MOST_EVENTS),
    };
  }

  /** Tells nobody anything any more. */
  close(): void {
    this.#closed.abort();
    this.#viewers.clear();
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    await this.#every(TICK_MS, () => this.#viewers.size > 0, this.#tell.bind(this));
    this.#ticking = false;
  }

  async #tell(): Promise<void> {
    const snapshot = await this.snapshot();
    for (const viewer of this.#viewers) viewer(snapshot);
  }

  /** The ledger as it stands, which the trail remembers. */
  async #look(): Promise<LedgerOutlook | undefined> {
    const { ledger, terms, clock } = this.#parts;
    if (this.#closed.signal.aborted) return undefined;
    const outlook = await orLost(ledger.outlook(), undefined);
    if (outlook) this.#trail.add(sampleOf(outlook, terms, clock.now()));
    return outlook;
  }

  async #foretell({ consumers }: LedgerOutlook): Promise<Map<string, number>> {
    const waits = new Map<string, number>();
    const waiting = consumers.filter((one) => one.waiting > 0).slice(0, MOST_FORETOLD);
    for (const { consumer, weight } of waiting) {
      const foreseen = await this.#parts.foresee({ consumer, weight, cost: 1, urgency: 3 });
      if (foreseen) waits.set(consumer, foreseen.waitMs);
    }
    return waits;
  }

  async #readUsage(): Promise<CacheUsage | undefined> {
    const at = this.#parts.clock.monotonic();
    if (this.#usage === undefined || at - this.#usage.at >= USAGE_MS) {
      this.#usage = { at, usage: await orLost(this.#parts.usage(), undefined) };
    }
    return this.#usage.usage;
  }

  async #every(ms: number, goesOn: () => boolean, work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted && goesOn()) {
      await work();
      await this.#parts.clock.sleep(ms, signal).catch(() => {});
    }
  }
}
