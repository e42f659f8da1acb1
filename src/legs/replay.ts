import { Readable } from "node:stream";
import { spenderOf, type ClientExchange, type ClientRequest, type Spender } from "../exchange.ts";
import { fieldLines, withoutFields } from "../http/fields.ts";
import { ageSeconds } from "../http/freshness.ts";
import { policiesOf } from "../schedule/policies.ts";
import type { Notes } from "../observe/access-record.ts";
import type { CacheStore } from "../ports/cache-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Hit } from "../lookup/find.ts";
import { readyAnswer, type ReadyAnswer } from "../respond/write.ts";
import type { Answer } from "../respond/answer.ts";
import type { Invalidation } from "../store/invalidate.ts";

/*
 * A request that is word for word one that was answered from store a moment ago is answered so again, without a walk
 * of the path: who asks, what for and whether what is stored serves would come out the same. What may have changed
 * since is asked each time: whether the store's reading still counts (promise P7), whether some write is still to be
 * told, whether the response is still fresh, whether the consumers are the same. A key that ends does so within a
 * second: a replay is good for no longer.
 */

/** Distinct requests that are remembered; of more the oldest go. */
const MOST_REMEMBERED = 10_000;

/** Longer heads are not remembered, in characters: with 10,000 of the longest 40 MB. */
const LONGEST_HEAD = 4000;

/** Bodies that are remembered, in bytes: beside the near cache, whose bound does not cover them. */
const MOST_BODY_BYTES = 16_777_216;

/** A replay counts for this long, in milliseconds: by then a key that has ended is refused. */
const GOOD_FOR_MS = 1000;

/** Fields that say something of one request alone and change no answer, in lower case. */
const OF_ONE_REQUEST = new Set(["x-request-id", "traceparent", "tracestate"]);

/** What of a request tells it from others. */
export type ReplayedRequest = Pick<ClientRequest, "method" | "target" | "fields" | "address">;

/** What replays are kept with. */
export interface ReplayParts {
  readonly store: CacheStore;
  readonly invalidation: Invalidation;
  readonly clock: Clock;
  /** Grows with each change of who is let in. */
  readonly changes: () => number;
}

/** What is written for a request that is answered again. */
export interface Again {
  /** Without Age. */
  readonly answer: ReadyAnswer;
  /** As of now, in seconds; absent: the answer has none. */
  readonly age: string | undefined;
}

interface Replay {
  readonly answer: ReadyAnswer;
  readonly aged: boolean;
  readonly hit: Hit;
  readonly notes: Known;
  /** Epoch milliseconds at which the hit was judged. */
  readonly judgedAt: number;
  /** Monotonic milliseconds. */
  readonly keptAt: number;
  readonly changes: number;
}

/** What records say of every request that is answered by the same replay. */
type Known = Required<Pick<Notes, "path" | "weight" | "policies" | keyof Spender>>;

/** What was answered from store of late, by the request. */
export class Replays {
  readonly #parts: ReplayParts;
  /** Oldest first. */
  readonly #replays = new Map<string, Replay>();
  #bodyBytes = 0;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  /** The answer to a request that was answered from store already, as of now; notes what its record needs. */
  recall(request: ReplayedRequest, notes: Notes): Again | undefined {
    const head = headOf(request);
    const replay = head === undefined ? undefined : this.#replays.get(head);
    if (!replay) return undefined;
    const { hit, judgedAt, answer, aged, notes: known } = replay;
    const sinceMs = this.#parts.clock.now() - judgedAt;
    if (!this.#isGood(replay, sinceMs)) return undefined;
    const ttlMs = hit.ttlMs - sinceMs;
    notes.path = known.path;
    notes.weight = known.weight;
    notes.policies = known.policies;
    notes.upstream = known.upstream;
    notes.consumer = known.consumer;
    notes.route = known.route;
    notes.cache = hit.stored.overridden
      ? { kind: "hit", ttlMs, detail: "override" }
      : { kind: "hit", ttlMs };
    const ageMs = hit.ageMs + sinceMs;
    notes.ageMs = ageMs;
    return { answer, age: aged ? String(ageSeconds(ageMs)) : undefined };
  }

  /**
   * Remembers an answer that may be given again: from what is stored and fresh, with no wish of the client's about it.
   * Its fields are those that reach the client, but for those that are the gateway's own.
   */
  keep({ request, asked, line, served }: ClientExchange, { body, ...answer }: Answer): void {
    if (served?.reading === undefined || served.away || served.ttlMs <= 0) return;
    if (body instanceof Readable) return;
    const head = isPlain(request) ? headOf(request) : undefined;
    if (head === undefined) return;
    const { clock, changes } = this.#parts;
    const fields = withoutFields(answer.fields, (name) => name === "age");
    this.#drop(head);
    const replay = {
      answer: readyAnswer({ ...answer, fields, body }, request),
      aged: fields.length < answer.fields.length,
      hit: served,
      notes: {
        path: asked.path,
        weight: asked.caller.weight,
        policies: policiesOf(asked, line.quotas),
        ...spenderOf(asked),
      },
      judgedAt: served.judgedAt,
      keptAt: clock.monotonic(),
      changes: changes(),
    };
    this.#replays.set(head, replay);
    this.#bodyBytes += bodyBytesOf(replay);
    this.#makeRoom();
  }

  /** What counts no more goes first, so that a body is held here no longer than it serves. */
  #makeRoom(): void {
    const since = this.#parts.clock.monotonic() - GOOD_FOR_MS;
    for (const [head, { keptAt }] of this.#replays) {
      const full = this.#replays.size > MOST_REMEMBERED || this.#bodyBytes > MOST_BODY_BYTES;
      if (!full && keptAt > since) return;
      this.#drop(head);
    }
  }

  #drop(head: string): void {
    const replay = this.#replays.get(head);
    if (!replay) return;
    this.#replays.delete(head);
    this.#bodyBytes -= bodyBytesOf(replay);
  }

  /** Who asks what for, and what serves, may come out otherwise from now on. */
  forget(): void {
    this.#replays.clear();
    this.#bodyBytes = 0;
  }

  #isGood({ hit, keptAt, changes }: Replay, sinceMs: number): boolean {
    const { clock, store, invalidation } = this.#parts;
    return (
      sinceMs >= 0 &&
      sinceMs < hit.ttlMs &&
      clock.monotonic() - keptAt < GOOD_FOR_MS &&
      changes === this.#parts.changes() &&
      invalidation.owed === 0 &&
      hit.reading !== undefined &&
      store.isCurrent(hit.reading)
    );
  }
}

/** False where it has a body, or says how fresh its answer must be: that is judged anew each time. */
function isPlain({ fields, hasBody }: ClientRequest): boolean {
  const wishes = fieldLines(fields, "cache-control").length + fieldLines(fields, "pragma").length;
  return !hasBody && wishes === 0;
}

/** All that an answer may depend on, whether there is a body too; `undefined` where that is too much. */
function headOf({ method, target, fields, address }: ReplayedRequest): string | undefined {
  let head = `${address} ${method} ${target}`;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (!isOfOneRequest(name)) head += `\n${name}:${fields[index + 1]}`;
  }
  return head.length > LONGEST_HEAD ? undefined : head;
}

/** Both bodies that it holds: as it was stored, and as it goes out. */
function bodyBytesOf({ answer, hit }: Pick<Replay, "answer" | "hit">): number {
  return (answer.body?.byteLength ?? 0) + hit.stored.body.byteLength;
}

function isOfOneRequest(name: string): boolean {
  return name.length >= 10 && name.length <= 12 && OF_ONE_REQUEST.has(name.toLowerCase());
}
