import { cacheStatus, type CacheOutcome } from "../http/cache-status.ts";
import type { ProblemType } from "../http/problem.ts";
import type { Policy } from "../ports/ledger.ts";
import type { StaleReason } from "../http/stale.ts";
import type { StepsTrace } from "../ports/tracing.ts";

/** One line of the access log: one for each exchange, however it ended. */
export interface AccessRecord {
  readonly requestId: string;
  readonly method: string;
  /** Canonical path below the mount, without its query: arguments may be anybody's password. */
  readonly path: string | undefined;
  readonly upstream: string | undefined;
  readonly consumer: string | undefined;
  /** The consumer's weight; absent: it was not known who asked. */
  readonly weight: number | undefined;
  /** The route's pattern; `unlisted` where none matched. */
  readonly route: string | undefined;
  /** `hit`, RFC 9211's reason for going forward, or `none` where the cache was not asked. */
  readonly cache: string;
  readonly cacheStatus: string | undefined;
  /** Why a stale answer was given; absent: none was. */
  readonly stale: StaleReason | undefined;
  /** Answered by a forward that was somebody else's. */
  readonly collapsed: boolean;
  /** How old the stored response was that answered (RFC 9111 section 4.2.3); absent: none did. */
  readonly ageMs: number | undefined;
  readonly status: number;
  readonly problem: ProblemType | undefined;
  readonly queueMs: number;
  readonly upstreamMs: number;
  readonly totalMs: number;
  /** Requests that this exchange caused at the upstream. */
  readonly forwards: number;
  /** What these have cost of the quota. */
  readonly units: number;
  /** 429 answers that it met there. */
  readonly throttled: number;
  /** Names of the inner quotas that it was under; absent: none. */
  readonly policies: readonly string[] | undefined;
  readonly bodyBytes: number;
  /** How the exchange ended, as far as the client is concerned. */
  readonly end: "complete" | "client-left" | "broken-off";
  /** For the operator only. */
  readonly note: string | undefined;
}

/** What a forward, or several, cost. */
export type Spent = Pick<AccessRecord, "forwards" | "units" | "throttled">;

/** What is learned of an exchange on its way, step by step. */
export interface Notes {
  readonly requestId: string;
  readonly method: string;
  path?: string;
  upstream?: string;
  consumer?: string;
  /** The consumer's weight. */
  weight?: number;
  route?: string;
  /** Inner quotas that it is under. */
  policies?: readonly Policy[];
  cache?: CacheOutcome;
  stale?: StaleReason;
  ageMs?: number;
  queueMs: number;
  upstreamMs: number;
  forwards: number;
  /** Units of the quota that they have cost; those that the upstream does not count are given back. */
  units: number;
  throttled: number;
  /** Of these, what is in an account already. */
  accounted?: Spent;
  /** What the client's own record has, where that was settled before it is made. */
  own?: Spent;
  problem?: ProblemType;
  note?: string;
  /** Absent: nobody traces. */
  trace?: StepsTrace;
}

/** Of an exchange that has just begun. */
export function newNotes(requestId: string, method: string): Notes {
  return { requestId, method, queueMs: 0, upstreamMs: 0, forwards: 0, units: 0, throttled: 0 };
}

/**
 * What an exchange has cost that is in no account yet; from now on it is. A forward may go on when its client has been
 * answered or has left, and then each part of its cost must be in one account and in one alone.
 */
export function unaccounted(notes: Notes): Spent {
  const { forwards, units, throttled } = notes;
  const before = notes.accounted ?? { forwards: 0, units: 0, throttled: 0 };
  notes.accounted = { forwards, units, throttled };
  return {
    forwards: forwards - before.forwards,
    units: units - before.units,
    throttled: throttled - before.throttled,
  };
}

/** What the records of all hits that one replay answers have in common. Made once, so that it can be known again. */
export interface HitKind extends Required<
  Pick<Notes, "method" | "path" | "upstream" | "consumer" | "weight" | "route" | "policies">
> {
  readonly status: number;
  readonly bodyBytes: number;
  /** Of its Cache-Status; absent: none. */
  readonly detail?: string;
}

/** A request that was answered from store, fresh and whole, and cost nothing: what its record says beside its kind. */
export interface HitRecord {
  readonly kind: HitKind;
  readonly requestId: string;
  /** True: the client chose the id, so that it may hold anything. */
  readonly isGivenId: boolean;
  /** Milliseconds of freshness left. */
  readonly ttlMs: number;
  readonly ageMs: number;
  readonly totalMs: number;
}

/** The whole record of a hit. */
export function recordOfHit({ kind, requestId, ttlMs, ageMs, totalMs }: HitRecord): AccessRecord {
  const { status, bodyBytes, detail, method, ...known } = kind;
  const cache = { kind: "hit" as const, ttlMs, ...(detail === undefined ? {} : { detail }) };
  const notes = { ...newNotes(requestId, method), ...known, cache, ageMs };
  return accessRecord(notes, { status, bodyBytes, end: "complete", totalMs });
}

/** How an exchange ended. */
export type Ending = Pick<AccessRecord, "status" | "totalMs" | "bodyBytes" | "end">;

/** Makes the record of an exchange that has ended, once. */
export function accessRecord(notes: Notes, ending: Ending): AccessRecord {
  const { cache } = notes;
  const { forwards, units, throttled } = notes.own ?? unaccounted(notes);
  const { status, totalMs, bodyBytes, end } = ending;
  return {
    requestId: notes.requestId,
    method: notes.method,
    path: notes.path,
    upstream: notes.upstream,
    consumer: notes.consumer,
    weight: notes.weight,
    route: notes.route,
    cache: cacheWord(cache),
    cacheStatus: cache && cacheStatus(cache),
    stale: notes.stale,
    collapsed: cache?.kind === "forward" && cache.collapsed,
    ageMs: notes.ageMs === undefined ? undefined : rounded(notes.ageMs),
    status,
    problem: notes.problem,
    queueMs: rounded(notes.queueMs),
    upstreamMs: rounded(notes.upstreamMs),
    totalMs: rounded(totalMs),
    forwards,
    units,
    throttled,
    policies: namesOf(notes.policies),
    bodyBytes,
    end,
    note: notes.note,
  };
}

function namesOf(policies: readonly Policy[] = []): readonly string[] | undefined {
  return policies.length === 0 ? undefined : policies.map(({ name }) => name);
}

function cacheWord(cache: CacheOutcome | undefined): string {
  if (!cache) return "none";
  return cache.kind === "hit" ? "hit" : cache.reason;
}

/** Milliseconds as records tell them: to a tenth. */
export function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
