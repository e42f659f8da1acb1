import { Counter, Gauge, type Registry } from "prom-client";
import type { NearUse } from "../ports/cache-store.ts";

/** What an upstream's line and ledger do at present. */
export interface UpstreamState {
  readonly upstream: string;
  /** In this instance. */
  readonly waiting: number;
  readonly underWay: number;
  readonly pauses: number;
  readonly storeReachable: boolean;
  /** Among how many processes the quotas are divided while the store is out of reach; absent: they are not. */
  readonly apart?: number;
  /** For how long yet nothing is sent; 0 where only a probe is awaited, or nothing holds anybody back. */
  readonly pausedForMs: number;
  readonly paused: boolean;
  /** Of this instance; `openings`: how often it has opened. */
  readonly circuit: { readonly state: "closed" | "open" | "half-open"; readonly openings: number };
  /** Of the ledger, over all instances; absent: it is out of reach. */
  readonly ledger?: {
    readonly waiting: number;
    readonly underWay: number;
  };
  readonly quotas: readonly {
    readonly quota: string;
    /** The limit that is kept now, by what was learned. */
    readonly limit: number;
    readonly configured: number;
    /** Units a window that somebody else is known to spend. */
    readonly foreign: number;
    readonly windowMs: number;
    /** Absent: the ledger is out of reach. */
    readonly used?: number;
  }[];
}

/** What an instance does at present. */
export interface InstanceState {
  readonly draining: boolean;
  readonly near: NearUse | undefined;
  readonly accounts: { readonly waiting: number; readonly lost: number };
  readonly upstreams: readonly UpstreamState[];
}

/** One number of the state, or several under labels; told anew at each scrape. */
interface Reading<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
  readonly read: (
    state: InstanceState,
  ) => readonly (readonly [labels: Readonly<Partial<Record<Label, string>>>, value: number])[];
}

const perUpstream =
  (read: (one: UpstreamState) => number | undefined): Reading<"upstream" | "quota">["read"] =>
  ({ upstreams }) =>
    upstreams.flatMap((one) => {
      const value = read(one);
      return value === undefined ? [] : [[{ upstream: one.upstream }, value] as const];
    });

const perQuota =
  (
    read: (one: UpstreamState["quotas"][number]) => number | undefined,
  ): Reading<"upstream" | "quota">["read"] =>
  ({ upstreams }) =>
    upstreams.flatMap(({ upstream, quotas }) =>
      quotas.flatMap((one) => {
        const value = read(one);
        return value === undefined ? [] : [[{ upstream, quota: one.quota }, value] as const];
      }),
    );

const alone =
  (read: (state: InstanceState) => number | undefined): Reading<"upstream" | "quota">["read"] =>
  (state) => {
    const value = read(state);
    return value === undefined ? [] : [[{}, value]];
  };

const UPSTREAM = ["upstream"] as const;
const QUOTA = ["upstream", "quota"] as const;

const GAUGES: readonly Reading<"upstream" | "quota">[] = [
  {
    name: "sluice_draining",
    help: "1 while this instance shuts down and takes no more requests.",
    read: alone(({ draining }) => Number(draining)),
  },
  {
    name: "sluice_store_reachable",
    help: "0 while the store that keeps the quota is out of reach of this instance.",
    labels: UPSTREAM,
    read: perUpstream(({ storeReachable }) => Number(storeReachable)),
  },
  {
    name: "sluice_quota_parts",
    help: "Into how many parts the quota is divided while the store is out of reach, one of which this instance sends; else 0.",
    labels: UPSTREAM,
    read: perUpstream(({ apart }) => apart ?? 0),
  },
  {
    name: "sluice_quota_limit",
    help: "Units that may leave in a window, the limit that is kept now, by what was learned; over all instances.",
    labels: QUOTA,
    read: perQuota(({ limit }) => limit),
  },
  {
    name: "sluice_quota_configured_limit",
    help: "The limit that the configuration gives.",
    labels: QUOTA,
    read: perQuota(({ configured }) => configured),
  },
  {
    name: "sluice_quota_foreign_units",
    help: "Units a window that others were seen to spend with the same key; they are left to them.",
    labels: QUOTA,
    read: perQuota(({ foreign }) => foreign),
  },
  {
    name: "sluice_quota_window_seconds",
    help: "How long the quota's rolling window is.",
    labels: QUOTA,
    read: perQuota(({ windowMs }) => windowMs / 1000),
  },
  {
    name: "sluice_quota_used",
    help: "Units in the rolling window now, over all instances; absent while the store is out of reach.",
    labels: QUOTA,
    read: perQuota(({ used }) => used),
  },
  {
    name: "sluice_paused",
    help: "1 while nothing is sent: a pause that the upstream asked for and its probe, or a ledger that recovers.",
    labels: UPSTREAM,
    read: perUpstream(({ paused }) => Number(paused)),
  },
  {
    name: "sluice_pause_remaining_seconds",
    help: "For how long yet nothing is sent.",
    labels: UPSTREAM,
    read: perUpstream(({ pausedForMs }) => pausedForMs / 1000),
  },
  {
    name: "sluice_circuit_open",
    help: "1 while this instance sends the upstream nothing, or one probe, since most forwards failed.",
    labels: UPSTREAM,
    read: perUpstream(({ circuit }) => Number(circuit.state !== "closed")),
  },
  {
    name: "sluice_waiting",
    help: "Requests of this instance that stand in line.",
    labels: UPSTREAM,
    read: perUpstream(({ waiting }) => waiting),
  },
  {
    name: "sluice_under_way",
    help: "Requests of this instance that the upstream is at work on.",
    labels: UPSTREAM,
    read: perUpstream(({ underWay }) => underWay),
  },
  {
    name: "sluice_ledger_waiting",
    help: "Requests that stand in line over all instances; absent while the store is out of reach.",
    labels: UPSTREAM,
    read: perUpstream(({ ledger }) => ledger?.waiting),
  },
  {
    name: "sluice_ledger_under_way",
    help: "Requests that the upstream is at work on over all instances; absent while the store is out of reach.",
    labels: UPSTREAM,
    read: perUpstream(({ ledger }) => ledger?.underWay),
  },
  {
    name: "sluice_near_cache_entries",
    help: "Stored responses that this instance holds in memory.",
    read: alone(({ near }) => near?.entries),
  },
  {
    name: "sluice_near_cache_bytes",
    help: "What they take.",
    read: alone(({ near }) => near?.bytes),
  },
  {
    name: "sluice_accounts_waiting",
    help: "Cells of the accounts that the store has not taken yet.",
    read: alone(({ accounts }) => accounts.waiting),
  },
];

const COUNTERS: readonly Reading<"upstream" | "quota">[] = [
  {
    name: "sluice_pauses_total",
    help: "Pauses that this instance has seen begin.",
    labels: UPSTREAM,
    read: perUpstream(({ pauses }) => pauses),
  },
  {
    name: "sluice_circuit_openings_total",
    help: "How often this instance has stopped sending because most forwards failed.",
    labels: UPSTREAM,
    read: perUpstream(({ circuit }) => circuit.openings),
  },
  {
    name: "sluice_near_cache_hits_total",
    help: "Reads of the store that memory answered.",
    read: alone(({ near }) => near?.hits),
  },
  {
    name: "sluice_near_cache_misses_total",
    help: "Reads that went to the store.",
    read: alone(({ near }) => near?.misses),
  },
  {
    name: "sluice_accounts_lost_total",
    help: "Exchanges that are missing in the accounts because the store was away for too long.",
    read: alone(({ accounts }) => accounts.lost),
  },
];

/** Registers what is read from the instance itself; returns what tells it of a new state, just before a scrape. */
export function registerInstance(registry: Registry): (state: InstanceState) => void {
  const registers = [registry];
  const gauges = GAUGES.map(({ name, help, labels = [], read }) => {
    const gauge = new Gauge({ name, help, labelNames: [...labels], registers });
    return (state: InstanceState): void => {
      gauge.reset();
      for (const [given, value] of read(state)) gauge.set(given, value);
    };
  });
  const counters = COUNTERS.map(({ name, help, labels = [], read }) => {
    const counter = new Counter({ name, help, labelNames: [...labels], registers });
    return (state: InstanceState): void => {
      counter.reset();
      for (const [given, value] of read(state)) counter.inc(given, value);
    };
  });
  return (state) => {
    for (const tell of [...gauges, ...counters]) tell(state);
  };
}
