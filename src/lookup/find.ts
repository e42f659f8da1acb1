import { currentAgeMs } from "../http/freshness.ts";
import { reuse, type Wishes } from "../http/reuse.ts";
import { selects, selectsByLanguage } from "../http/vary.ts";
import { orLost } from "../ports/faults.ts";
import type { RawFields } from "../http/fields.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { CacheReading, CacheStore, Generation } from "../ports/cache-store.ts";

/** What the look into the store came to. */
export type Found = Hit | Miss;

/** A stored response that answers. */
export interface Hit {
  readonly kind: "hit";
  readonly stored: StoredResponse;
  readonly ageMs: number;
  readonly ttlMs: number;
  /** True: the store is out of reach, and this is what this process held by itself. */
  readonly away: boolean;
  /** Epoch milliseconds as of which it was judged. */
  readonly judgedAt: number;
  /** What it was found in: as long as the store holds that for current, the same look comes to the same. */
  readonly reading?: CacheReading;
}

/** Nothing that answers as it is. */
export interface Miss {
  readonly kind: "forward";
  readonly reason: "uri-miss" | "vary-miss" | "miss" | "stale" | "request";
  /** Under which an answer may be stored; `undefined` where the store is out of reach. */
  readonly generations: readonly Generation[] | undefined;
  /** Selected and not fresh: the origin may be asked whether it still holds, and it may be served stale. */
  readonly stale?: StoredResponse;
}

/** One look. */
export interface Search {
  readonly key: string;
  readonly names: readonly string[];
  /** What selects a variant, concealed as it is kept. */
  readonly fields: RawFields;
  readonly wishes: Wishes;
  /** CachePolicy's: a stored response in the language that is preferred serves as well. */
  readonly liberal: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Looks for a stored response that may answer. `heard` is false where the store has not learned of some write
 * yet: then, as where it is out of reach, only what this process holds by itself may answer (promise P10).
 */
export async function find(store: CacheStore, search: Search, heard: boolean): Promise<Found> {
  const reading = heard ? await orLost(read(store, search), undefined) : undefined;
  if (!reading) return decideAway(store.held(search.key), search);
  const found = decide(reading, search);
  return found.kind === "hit" ? { ...found, reading } : found;
}

function decideAway(held: CacheReading | undefined, search: Search): Found {
  const found = held && decide(held, search);
  if (found?.kind === "hit") return { ...found, away: true };
  return { kind: "forward", reason: "miss", ...found, generations: undefined };
}

/** Judges what the store holds under the key: generation first, then selection, then freshness. */
export function decide(reading: CacheReading, search: Search): Found {
  const { wishes, now } = search;
  const { generations } = reading;
  const current = new Map(generations.map((generation) => [generation.name, generation]));
  const valid = reading.variants.filter(({ generations: under }) =>
    under.every(([name, hard]) => current.get(name)?.hard === hard),
  );
  if (valid.length === 0) return { kind: "forward", reason: "uri-miss", generations };
  const stored = select(valid, search);
  if (!stored) return { kind: "forward", reason: "vary-miss", generations };
  if (stored.generations.some(([name, , soft]) => current.get(name)?.soft !== soft)) {
    return { kind: "forward", reason: "stale", generations, stale: endedNow(stored, now) };
  }
  const verdict = reuse(stored, wishes, now);
  if (verdict.kind === "forward") {
    return { kind: "forward", reason: verdict.reason, generations, stale: stored };
  }
  const { ageMs, ttlMs } = verdict;
  return { kind: "hit", stored, ageMs, ttlMs, away: false, judgedAt: now };
}

/**
 * "When more than one suitable response is stored, a cache MUST use the most recent one" (RFC 9111 section 4), and of
 * two that came at once the whole rather than its part. What was chosen for just this request comes first.
 */
function select(
  valid: readonly StoredResponse[],
  { fields, liberal }: Search,
): StoredResponse | undefined {
  const exact = valid.filter(({ selecting }) => selects(selecting, fields));
  const suitable =
    liberal && exact.length === 0
      ? valid.filter((variant) => selectsByLanguage(variant, fields))
      : exact;
  return suitable.toSorted((a, b) => b.receivedAt - a.receivedAt || a.status - b.status)[0];
}

/** A soft purge ends a lifetime; the windows in which it may be served stale begin with that. */
function endedNow(stored: StoredResponse, now: number): StoredResponse {
  const { lifetimeMs } = stored;
  return { ...stored, lifetimeMs: Math.min(lifetimeMs, currentAgeMs(stored, now) - 1) };
}

async function read(store: CacheStore, { key, names }: Search): Promise<CacheReading> {
  const reading = await store.read(key, names);
  const beside = namesBeside(reading);
  if (beside.length === 0) return reading;
  const more = await store.generations(beside);
  return { ...reading, generations: [...reading.generations, ...more] };
}

/** Names that nobody could ask for beforehand, since the origin gave them with its answer (RFC 9875). */
function namesBeside({ variants, generations }: CacheReading): string[] {
  const asked = new Set(generations.map(({ name }) => name));
  const under = variants.flatMap((variant) => variant.generations.map(([name]) => name));
  return [...new Set(under.filter((name) => !asked.has(name)))];
}
