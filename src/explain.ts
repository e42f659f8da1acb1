import {
  inTimeOf,
  outcomeOf,
  type ExpectedOutcome,
  type ForwardView,
  type StoredView,
} from "./expect.ts";
import { parseCacheControl } from "./http/cache-control.ts";
import { wantsOriginsJudgement } from "./http/conditional.ts";
import { currentAgeMs } from "./http/freshness.ts";
import { fieldLines } from "./http/fields.ts";
import { mayServeStale } from "./http/stale.ts";
import { suppose, type Supposed, type Supposition } from "./identify/suppose.ts";
import type { Asked } from "./identify/identify.ts";
import { questionOf } from "./legs/question.ts";
import { cacheability } from "./lookup/cacheability.ts";
import { find, type Found } from "./lookup/find.ts";
import { prospectOf } from "./prospect.ts";
import type { Directory } from "./identify/directory.ts";
import type { Line } from "./line.ts";
import type { CacheStore } from "./ports/cache-store.ts";
import type { Clock } from "./ports/clock.ts";
import type { Invalidation } from "./store/invalidate.ts";

/*
 * The path of an exchange that nobody has sent: the decisions of gateway.ts and its legs, in their order, with nothing
 * carried out. It reads the store and the ledger; it stores, marks, sends and counts nothing.
 */

/** What a request is explained with. */
export interface ExplainerParts {
  /** Only read. */
  readonly store: CacheStore;
  readonly invalidation: Pick<Invalidation, "owed">;
  readonly clock: Pick<Clock, "now">;
  readonly directory: Directory;
  /** By upstream's name. */
  readonly lines: ReadonlyMap<string, Pick<Line, "scheduler" | "quotas">>;
  readonly draining: () => boolean;
}

/** What would become of a request now. Times in milliseconds. */
export interface Explanation {
  readonly supposed: Supposed;
  readonly cache: CacheView;
  readonly forward: ForwardView;
  readonly outcome: ExpectedOutcome;
}

/** Why nothing stored is looked for. */
export type BypassReason = "method" | "no-policy" | "no-store" | "condition" | "media-type";

/** What the cache would say. */
export type CacheView =
  | { readonly kind: "bypassed"; readonly why: BypassReason }
  | {
      readonly kind: "asked";
      /** A digest. */
      readonly key: string;
      /** It would join an identical request that is on its way. */
      readonly collapses: boolean;
      /** True: the store is out of reach, so that only this process's memory may answer. */
      readonly away: boolean;
      readonly found: "fresh" | "stale" | "nothing";
      /** RFC 9211's reason for going forward; absent: it would not. */
      readonly reason?: string;
      readonly stored?: StoredView;
      /** Names that are being written to: what is fetched meanwhile is not stored. */
      readonly pending: readonly string[];
    };

/** Tells what would become of requests. */
export class Explainer {
  readonly #parts: ExplainerParts;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
  }

  /** Spends nothing. A consumer that is not known is one that an open gateway would let in. */
  async explain(supposition: Supposition): Promise<Explanation> {
    const supposed = suppose(supposition, this.#parts.directory);
    const looked = await this.#look(supposed.asked, supposition);
    const forward = await this.#forward(supposed.asked);
    const outcome =
      this.#refusal(supposed) ?? outcomeOf(expectationOf(looked, forward, supposed.asked));
    return { supposed, cache: looked.cache, forward, outcome };
  }

  #refusal({ refused }: Supposed): ExpectedOutcome | undefined {
    if (this.#parts.draining()) return { kind: "refused", problem: "draining" };
    if (refused === undefined) return undefined;
    return {
      kind: "refused",
      problem: refused === "not-allowed" ? "not-allowed" : "unknown-consumer",
    };
  }

  async #look(asked: Asked, { fields }: Supposition): Promise<Looked> {
    const { store, invalidation, clock } = this.#parts;
    const may = cacheability(asked);
    if (may.kind !== "cacheable") {
      return { cache: { kind: "bypassed", why: whyBypassed(asked) }, onlyIfCached: false };
    }
    const { search } = questionOf(asked, fields, may.policy);
    const now = clock.now();
    // What is owed is paid by those who are really answered.
    const found = await find(store, { ...search, now }, invalidation.owed === 0);
    const stored = storedOf(found);
    const ageMs = stored && currentAgeMs(stored, now);
    const serves = (occasion: "revalidating" | "error"): boolean =>
      found.kind === "forward" &&
      found.stale !== undefined &&
      mayServeStale(found.stale, search.wishes, { now, occasion });
    const view =
      stored && ageMs !== undefined
        ? {
            stored: {
              status: stored.status,
              ageMs,
              ttlMs: stored.lifetimeMs - ageMs,
              overridden: stored.overridden,
              staleWhileRevalidateMs: stored.staleWhileRevalidateMs,
              staleIfErrorMs: stored.staleIfErrorMs,
              servesWhileRevalidated: serves("revalidating"),
              servesOnError: serves("error"),
            },
          }
        : {};
    return {
      cache: {
        kind: "asked",
        key: search.key,
        collapses: may.collapse,
        found: foundOf(view.stored),
        ...judgementOf(found),
        ...view,
      },
      onlyIfCached: search.wishes.onlyIfCached,
    };
  }

  async #forward(asked: Asked): Promise<ForwardView> {
    const { upstream, waitMs } = asked;
    const line = this.#parts.lines.get(upstream.name);
    if (!line) throw new Error(`The upstream ${upstream.name} has no line.`);
    const { scheduler } = line;
    const prospect = prospectOf(asked, line.quotas);
    const foreseen = await scheduler.foresee(prospect);
    const { storeLost, apart } = scheduler.load;
    const forecast = storeLost && apart === undefined ? undefined : foreseen;
    return {
      cost: prospect.cost,
      mayWaitMs: waitMs,
      policies: prospect.policies ?? [],
      pausedMs: scheduler.pausedMs,
      ...(forecast ? { forecast } : {}),
      inTime: forecast ? inTimeOf(forecast, waitMs) : "unknown",
      quotas: scheduler.outlook.standings,
    };
  }
}

interface Looked {
  readonly cache: CacheView;
  readonly onlyIfCached: boolean;
}

function whyBypassed({ method, fields, route, upstream }: Asked): BypassReason {
  if (method !== "GET" && method !== "HEAD") return "method";
  if (!route?.cache && !upstream.unlistedGets) return "no-policy";
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  if (directives.has("no-store")) return "no-store";
  return wantsOriginsJudgement(fields) ? "condition" : "media-type";
}

function storedOf(found: Found) {
  return found.kind === "hit" ? found.stored : found.stale;
}

function foundOf(stored: StoredView | undefined): "fresh" | "stale" | "nothing" {
  if (!stored) return "nothing";
  return stored.ttlMs > 0 ? "fresh" : "stale";
}

function judgementOf(found: Found) {
  if (found.kind === "hit") return { away: found.away, pending: [] };
  const { reason, generations } = found;
  const pending = (generations ?? []).filter((one) => one.pending).map(({ name }) => name);
  return { away: generations === undefined, reason, pending };
}

function expectationOf({ cache, onlyIfCached }: Looked, forward: ForwardView, asked: Asked) {
  const { stored, reason } =
    cache.kind === "asked" ? cache : { stored: undefined, reason: undefined };
  const maxWaiting = asked.upstream.queue.maxLength;
  const found = stored ? { stored } : {};
  return { ...found, answers: reason === undefined, onlyIfCached, forward, maxWaiting };
}
