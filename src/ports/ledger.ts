import type { Apart, Refusal } from "./apart.ts";

/**
 * The ledger of one upstream: whose turn it is, whether the windows have room, whether a pause holds.
 * One atomic decision at a time over all processes that share the store.
 */
export interface Ledger {
  /**
   * Hands in what happened in this process since its last turn and takes what it is granted.
   * Every permit that leaves a ledger keeps each quota: the stamps of any `limit + 1` consecutive
   * units are at least window + pad apart.
   * @throws StoreFault: nothing is known of what the store did; hand in `everything` next.
   */
  turn(report: TurnReport): Promise<TurnReply>;
  /** Stops every process from being granted anything, before it resolves. Takes effect at once. */
  pause(report: PauseReport): Promise<void>;
  /** Called, without promise of delivery, when another process's turn granted or paused something. */
  onHint(listener: (hint: LedgerHint) => void): void;
  /** Withdraws this process: what it had waiting is dropped, what it sent stays counted. */
  leave(process: string): Promise<void>;
  /** What stands in the ledger, for forecasts. Changes nothing. @throws StoreFault */
  outlook(): Promise<LedgerOutlook>;
  close(): Promise<void>;
}

/** Why a hint came. */
export type LedgerHint =
  | { readonly kind: "granted" }
  /** Absent `policy`: the whole upstream pauses. */
  | { readonly kind: "paused"; readonly policy?: string };

/**
 * An inner quota that some tickets are under beside the upstream's own: what a route, or a consumer, may take at most,
 * or what a reserve leaves to those who are not urgent. Its units are counted as an upstream's are.
 */
export interface Policy {
  /** The same on all instances; no `|` and no `,` in it. */
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly padMs: number;
}

/** A forward that waits for its turn. */
export interface Join {
  readonly ticket: string;
  readonly consumer: string;
  readonly weight: number;
  readonly cost: number;
  /** 0 (first) to 7: each step counts as ten seconds of arrival, so that the last still moves. */
  readonly urgency: number;
  /** How long it has waited already: a ticket that comes back keeps its place. */
  readonly waitedMs: number;
  /** True: it was let in before and comes back, so the queue's bound does not apply. */
  readonly returning: boolean;
  /** Inner quotas that it is under; absent: none. */
  readonly policies?: readonly Policy[];
}

/** How a granted forward ended, as far as the quota is concerned. */
export type Outcome = "answered" | "throttled" | "failed";

/** One process's report. */
export interface TurnReport {
  readonly process: string;
  /** Counts up by one each turn; a report that arrives late is ignored. */
  readonly sequence: number;
  readonly joins: readonly Join[];
  /** Tickets whose clients left or whose deadline passed. */
  readonly leaves: readonly string[];
  /** Probes, once the heads of their answers have come; the bodies may take their time. Absent: none has. */
  readonly answered?: readonly string[];
  /** Granted forwards that ended: their concurrency is free again, their units stay spent. */
  readonly ended: readonly { readonly ticket: string; readonly outcome: Outcome }[];
  /** Granted tickets that never departed: their units are free again. */
  readonly returned: readonly string[];
  /** The whole of what this process knows; sent first, and again after any doubt. */
  readonly everything?: Everything;
}

/** All that one process holds, so that a ledger that lost its memory, or a reply, is made whole. */
export interface Everything {
  /** Tickets still waiting. Those the ledger had granted without the process learning of it are taken back. */
  readonly waiting: readonly Join[];
  /** Units that departed within the longest window. */
  readonly departed: readonly Departure[];
  /** Processes that this one last heard of. */
  readonly peers: readonly string[];
}

/** A unit that has left, kept by its process for as long as a window may need it. */
export interface Departure {
  readonly ticket: string;
  readonly consumer: string;
  readonly cost: number;
  readonly agoMs: number;
  /** Still under way: it also takes a place of the concurrency. */
  readonly underWay: boolean;
  /** Inner quotas that it counts against; absent: none. */
  readonly policies?: readonly Policy[];
}

/** What one turn brought. */
export interface TurnReply {
  /** Tickets that may depart now. */
  readonly granted: readonly string[];
  /** Tickets that were not let in. */
  readonly refused: readonly { readonly ticket: string; readonly why: Refusal }[];
  /** Turn again after this long, sooner if something happens. */
  readonly wakeInMs: number;
  /** How long no permit will be given, 0 where no pause holds. */
  readonly pausedForMs: number;
  /** True: this ledger lost its memory (or never knew this process); hand in `everything`. */
  readonly askEverything: boolean;
  readonly peers: readonly string[];
  readonly standings: readonly Standing[];
  /** Tickets waiting over all processes. */
  readonly waiting: number;
  /** The ticket that probes after a pause, `""` where none does. */
  readonly probe: string;
  /** Inner quotas that a pause holds, or whose probe is awaited. */
  readonly policies: readonly PolicyPause[];
  /** The store is away, and this process's own part of each quota decided; absent: the store did. */
  readonly apart?: Apart;
}

/** A pause of an inner quota alone. */
export interface PolicyPause {
  readonly policy: string;
  /** How long no permit under it will be given; 0 where its probe is awaited. */
  readonly pausedForMs: number;
  /** The ticket that probes, `""` where none does. */
  readonly probe: string;
}

/** How full one quota is. */
export interface Standing {
  readonly quota: string;
  readonly used: number;
  /** Until the oldest unit falls out of the window; 0 where nothing is used. */
  readonly resetInMs: number;
}

/** A ledger as it stands: what a forecast of its next decisions is made from. */
export interface LedgerOutlook {
  /** The ledger's clock in milliseconds; only the difference of two outlooks means anything. */
  readonly atMs: number;
  /** The start tag of the last consumer served in turn: nobody who begins to wait stands before it. */
  readonly virtual: number;
  /** Until the pace lets the next unit go; negative where it has been due for so long. */
  readonly paceInMs: number;
  /** For how long nothing is granted, be it for a pause or for lost memory; 0: something may be. */
  readonly blockedForMs: number;
  /** True: a pause holds until its probe has been answered. */
  readonly probing: boolean;
  /** True: after a pause nobody earns credit for a while. */
  readonly ramping: boolean;
  /** Forwards that take a place of the concurrency. */
  readonly underWay: number;
  readonly quotas: readonly QuotaOutlook[];
  /** Everybody who ever asked, by name. */
  readonly consumers: readonly ConsumerOutlook[];
  /** Inner quotas that count something, that somebody waits for, or that a pause holds, by name. */
  readonly policies: readonly PolicyOutlook[];
  /** The terms that it goes by, where they are not the upstream's; absent: they are. */
  readonly terms?: LedgerTerms;
}

/** Where one inner quota stands. */
export interface PolicyOutlook extends Omit<QuotaOutlook, "quota"> {
  readonly policy: string;
  readonly limit: number;
  /** For how long it counts a unit. */
  readonly spanMs: number;
  /** The start tag of the last consumer served under it. */
  readonly virtual: number;
  /** Until its pace lets the next unit go; negative: how far it lies behind and may catch up. */
  readonly paceInMs: number;
  /** For how long it alone pauses. */
  readonly blockedForMs: number;
  /** True: its pause holds until its probe has been answered. */
  readonly probing: boolean;
  /** Who ever asked for something under it; `asleep` of the units have other policies to wait for as well. */
  readonly consumers: readonly Omit<ConsumerOutlook, "credit">[];
}

/** What one quota's window holds, and when it lets go of it. */
export interface QuotaOutlook {
  readonly quota: string;
  readonly used: number;
  /** At some points, rising: how many units will be free again (of those used), and in how long. */
  readonly frees: readonly { readonly units: number; readonly inMs: number }[];
}

/** Where one consumer stands. */
export interface ConsumerOutlook {
  readonly consumer: string;
  readonly weight: number;
  /** Its start tag; where nothing of it waits, the tag that it would begin with now. */
  readonly start: number;
  /** Units, and tickets, that wait; `asleep` of the units wait for an inner quota. */
  readonly asleep: number;
  readonly units: number;
  readonly waiting: number;
  /** Units that it may send ahead of the pace; where nothing waits, those that it would begin with. */
  readonly credit: number;
  /** Units that it asked for since the ledger began. */
  readonly joined: number;
  /** Tickets of it, those that are asleep left out, that a new one of urgency 0, 1 ... 7 stands behind. */
  readonly before: readonly number[];
}

/** A 429, as the ledger must know it. */
export interface PauseReport {
  readonly process: string;
  /** The throttled ticket: a 429 to a call that left before a pause began does not raise the back-off. */
  readonly ticket: string;
  /** The inner quota that alone pauses; absent: the whole upstream does. */
  readonly policy?: string;
  /** From Retry-After, margin included and bounded; absent: the ledger's exponential back-off. */
  readonly forMs?: number;
  /**
   * True: an operator's order and no 429, so that it says nothing of the upstream and raises no back-off. `forMs` 0
   * then ends whatever pause holds: a probe goes at once.
   */
  readonly ordered?: boolean;
}

/** The terms of one upstream on which its ledger gives permits. */
export interface LedgerTerms {
  readonly upstream: string;
  readonly quotas: readonly {
    readonly name: string;
    readonly limit: number;
    readonly windowMs: number;
    readonly padMs: number;
  }[];
  readonly concurrency: number;
  /** Tickets waiting at once over all processes; a further one is refused. */
  readonly maxWaiting: number;
  /** A granted forward that is never reported ended gives its concurrency back after this long. */
  readonly forwardMs: number;
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /**
   * True: whoever loses the ledger for longer than the longest span goes by its own part. So each process turns even if
   * nothing waits, to be counted; and a ledger at which nobody has turned for so long hears from all before it grants.
   */
  readonly apart?: boolean;
}
