import { randomUUID } from "node:crypto";
import { cacheStatus } from "../http/cache-status.ts";
import { recordOfHit, rounded, type HitKind, type HitRecord } from "./access-record.ts";

/*
 * Log lines of hits. What all hits of a kind have in common is written as JSON and masked once; what differs is put in
 * between: numbers, and an id that is our own. An id that a client chose is masked each time, since it may hold anything.
 */

/** Overwrites whatever must not be seen; see forward/mask.ts. */
export interface TextMask {
  text(text: string): string;
}

/** Where something of the one hit goes: no text of anybody's holds this. */
const GAP = `(${randomUUID()})`;

/** The parts of a line between id, Cache-Status, age and duration, from the time to the end. */
type Parts = readonly [string, string, string, string, string];

/** Writes the lines of hits as pino writes those of whole records. */
export class HitLines {
  readonly #mask: TextMask;
  readonly #parts = new WeakMap<HitKind, Parts>();

  constructor(mask: TextMask) {
    this.#mask = mask;
  }

  /** The line of a hit at `now` (epoch milliseconds), with its end; it holds no secret. */
  write(hit: HitRecord, now: number): string {
    const { kind, requestId, isGivenId, ttlMs, ageMs, totalMs } = hit;
    const parts = this.#parts.get(kind) ?? this.#prepare(hit);
    const id = isGivenId ? this.#mask.text(requestId) : requestId;
    const status = cacheStatus({ kind: "hit", ttlMs, ...detailOf(kind) });
    const [afterTime, afterId, afterStatus, afterAge, end] = parts;
    const upToStatus = `{"level":30,"time":${now}${afterTime}${id}${afterId}${status}`;
    return `${upToStatus}${afterStatus}${rounded(ageMs)}${afterAge}${rounded(totalMs)}${end}`;
  }

  #prepare(hit: HitRecord): Parts {
    const gaps = { requestId: GAP, cacheStatus: GAP, ageMs: GAP, totalMs: GAP };
    const exchange = { ...recordOfHit(hit), ...gaps };
    const line = `,"exchange":${JSON.stringify(exchange)},"msg":"exchange"}\n`;
    // Ages and durations are numbers.
    const bare = line.replaceAll(`Ms":"${GAP}"`, `Ms":${GAP}`);
    const [time = "", id = "", status = "", age = "", end = ""] = bare
      .split(GAP)
      .map((part) => this.#mask.text(part));
    const parts: Parts = [time, id, status, age, end];
    this.#parts.set(hit.kind, parts);
    return parts;
  }
}

function detailOf({ detail }: HitKind): { detail?: string } {
  return detail === undefined ? {} : { detail };
}
