import { reuse, type Wishes } from "../http/reuse.ts";
import { selects } from "../http/vary.ts";
import { Problem } from "../http/problem.ts";
import { StoreFault } from "../ports/faults.ts";
import type { RawFields } from "../http/fields.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { CacheReading, CacheStore } from "../ports/cache-store.ts";

/** Names with the generation that each had when it was read. */
export type Generations = StoredResponse["generations"];

/** What the look into the store came to. */
export type Found =
  | {
      readonly kind: "hit";
      readonly stored: StoredResponse;
      readonly ageMs: number;
      readonly ttlMs: number;
    }
  | {
      readonly kind: "forward";
      readonly reason: "uri-miss" | "vary-miss" | "miss" | "stale" | "request";
      /** Under which an answer may be stored; `undefined` where the store is out of reach. */
      readonly generations: Generations | undefined;
      /** Selected and not fresh: the origin may be asked whether it still holds. */
      readonly stale?: StoredResponse;
    };

/** One look. */
export interface Search {
  readonly key: string;
  readonly names: readonly string[];
  readonly fields: RawFields;
  readonly wishes: Wishes;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Looks for a stored response that may answer. A store out of reach, or absent because it has not heard of
 * some write yet, is a miss: nobody is refused for it.
 * @throws Problem (only-if-cached).
 */
export async function find(store: CacheStore | undefined, search: Search): Promise<Found> {
  const found = decide(await read(store, search), search);
  if (found.kind === "forward" && search.wishes.onlyIfCached) {
    const detail = "The request says only-if-cached, and nothing stored may answer it.";
    throw new Problem("only-if-cached", { detail });
  }
  return found;
}

/** Judges what the store holds under the key: generation first, then selection, then freshness. */
export function decide(reading: CacheReading | undefined, search: Search): Found {
  if (!reading) return { kind: "forward", reason: "miss", generations: undefined };
  const { names, fields, wishes, now } = search;
  const generations = names.map((name, index) => [name, reading.generations[index] ?? ""] as const);
  const valid = reading.variants.filter((variant) => stillHolds(variant, generations));
  if (valid.length === 0) return { kind: "forward", reason: "uri-miss", generations };
  const stored = valid
    .filter(({ selecting }) => selects(selecting, fields))
    .toSorted((a, b) => b.receivedAt - a.receivedAt)[0];
  if (!stored) return { kind: "forward", reason: "vary-miss", generations };
  const verdict = reuse(stored, wishes, now);
  if (verdict.kind === "forward") {
    return { kind: "forward", reason: verdict.reason, generations, stale: stored };
  }
  return { kind: "hit", stored, ageMs: verdict.ageMs, ttlMs: verdict.ttlMs };
}

function stillHolds(variant: StoredResponse, generations: Generations): boolean {
  const current = new Map(generations);
  return variant.generations.every(([name, generation]) => current.get(name) === generation);
}

async function read(
  store: CacheStore | undefined,
  { key, names }: Search,
): Promise<CacheReading | undefined> {
  try {
    return await store?.read(key, names);
  } catch (error) {
    if (error instanceof StoreFault) return undefined;
    throw error;
  }
}
