import { Readable } from "node:stream";
import { spenderOf, type ClientExchange, type ClientRequest } from "../exchange.ts";
import { fieldLines, withoutFields } from "../http/fields.ts";
import { policiesOf } from "../schedule/policies.ts";
import { readyAnswer, type ReadyAnswer } from "../respond/write.ts";
import { orLost } from "../ports/faults.ts";
import type { HitKind } from "../observe/access-record.ts";
import type { CacheReading, CacheStore } from "../ports/cache-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Hit } from "../lookup/find.ts";
import type { Answer } from "../respond/answer.ts";
import type { Invalidation } from "../store/invalidate.ts";

/*
 * A request that is word for word one that was answered from store a moment ago is answered so again, without a walk
 * of the path: who asks, what for and whether what is stored serves would come out the same. What may have changed
 * since is asked each time: whether the store's reading still counts (promise P7), whether some write is still to be
 * told, whether the response is still fresh, whether those who are let in are the same.
 */

/** Distinct requests that are remembered; of more the oldest go. */
const MOST_REMEMBERED = 10_000;

/** Longer heads are not remembered, in characters: with 10,000 of the longest 40 MB. */
const LONGEST_HEAD = 4000;

/** Bodies that are remembered, in bytes: beside the near cache, whose bound does not cover them. */
const MOST_BODY_BYTES = 33_554_432;

/** A replay counts for this long, in milliseconds; what may change meanwhile is asked each time. */
const GOOD_FOR_MS = 60_000;

/** Fields that say something of one request alone and change no answer, in lower case. */
const OF_ONE_REQUEST = new Set(["x-request-id", "traceparent", "tracestate"]);

/** What of a request tells it from others. */
export type Heading = Pick<ClientRequest, "method" | "target" | "fields" | "address">;

/** What replays are kept with. */
export interface ReplayParts {
  readonly store: CacheStore;
  readonly invalidation: Invalidation;
  readonly clock: Clock;
  /** Grows with each change of who is let in. */
  readonly changes: () => number;
}

/** What is asked once for all requests that are answered in one go. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** True where `read` would bring what this reading brought. */
  readonly isCurrent: (reading: CacheReading) => boolean;
}

/** What was answered from store and may be answered again. */
export interface Replay {
  /** Without Age. */
  readonly answer: ReadyAnswer;
  /** True: it tells its age. */
  readonly aged: boolean;
  readonly hit: Hit;
  readonly kind: HitKind;
  /** False: the inner quotas of the kind may be others by now. */
  readonly areTermsKept: () => boolean;
  /** Monotonic milliseconds. */
  readonly keptAt: number;
  readonly changes: number;
}

/** How old an answer is by now, and how long it is fresh yet, in milliseconds. */
export interface Again {
  readonly replay: Replay;
  readonly ageMs: number;
  readonly ttlMs: number;
}

/** What was answered from store of late, by the request. */
export class Replays {
  readonly #parts: ReplayParts;
  /** Oldest first. */
  readonly #replays = new Map<string, Replay>();
  #bodyBytes = 0;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  /**
   * Looks at all that may have changed; it holds until the caller gives way to other work. `confirmed`: readings that
   * the store has just said are current, whatever is known of them here.
   */
  moment(confirmed?: ReadonlySet<CacheReading>): Moment {
    const { clock, store, invalidation } = this.#parts;
    const known = confirmed ? (reading: CacheReading) => confirmed.has(reading) : store.glance();
    const isCurrent = invalidation.owed === 0 ? known : () => false;
    return { now: clock.now(), at: clock.monotonic(), isCurrent };
  }

  /** Asks the store which of the readings that answer these heads are current. Never rejects. */
  async confirm(heads: Iterable<string>): Promise<ReadonlySet<CacheReading>> {
    const asked = new Set([...heads].map((head) => this.#replays.get(head)?.hit.reading));
    const confirmed = new Set<CacheReading>();
    const ask = async (reading: CacheReading | undefined): Promise<void> => {
      // Where the store is out of reach the path knows what to do.
      const same = reading && (await orLost(this.#parts.store.confirm(reading), false));
      if (same) confirmed.add(reading);
    };
    await Promise.all([...asked].map(ask));
    return confirmed;
  }

  /** What was answered to a request with this head; whether it is good yet a moment tells. */
  get(head: string): Replay | undefined {
    return this.#replays.get(head);
  }

  /** What was answered to a request with this head, where it is good yet. */
  recall(head: string, moment: Moment): Again | undefined {
    const replay = this.#replays.get(head);
    if (!replay) return undefined;
    const { hit } = replay;
    const sinceMs = moment.now - hit.judgedAt;
    if (!this.#isGood(replay, sinceMs, moment)) return undefined;
    return { replay, ageMs: hit.ageMs + sinceMs, ttlMs: hit.ttlMs - sinceMs };
  }

  /**
   * Remembers an answer that may be given again: from what is stored and fresh, with no wish of the client's about it.
   * Its fields are those that reach the client, but for those that are the gateway's own.
   */
  keep(exchange: ClientExchange, { body, ...answer }: Answer): void {
    const { request, line, served } = exchange;
    if (served?.reading === undefined || served.away || served.ttlMs <= 0) return;
    if (body instanceof Readable) return;
    const head = isPlain(request) && !tellsRequestsApart(exchange) ? headOf(request) : undefined;
    if (head === undefined) return;
    const fields = withoutFields(answer.fields, (name) => name === "age");
    this.#drop(head);
    const ready = readyAnswer({ ...answer, fields, body }, request);
    const replay = {
      answer: ready,
      aged: fields.length < answer.fields.length,
      hit: served,
      kind: kindOf(exchange, ready, served),
      areTermsKept: termsOf(line),
      keptAt: this.#parts.clock.monotonic(),
      changes: this.#parts.changes(),
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

  #isGood(replay: Replay, sinceMs: number, { at, isCurrent }: Moment): boolean {
    const { hit, keptAt, changes } = replay;
    return (
      sinceMs >= 0 &&
      sinceMs < hit.ttlMs &&
      at - keptAt < GOOD_FOR_MS &&
      changes === this.#parts.changes() &&
      replay.areTermsKept() &&
      hit.reading !== undefined &&
      isCurrent(hit.reading)
    );
  }
}

/** Whether the upstream's quotas are yet what inner quotas were worked out by: others may be learned. */
function termsOf(line: ClientExchange["line"]): () => boolean {
  const { quotas } = line;
  return () => line.quotas === quotas;
}

/** What is said of everyone who is answered so. */
function kindOf(
  { asked, line }: ClientExchange,
  { status, body }: ReadyAnswer,
  { stored }: Hit,
): HitKind {
  const { method, path, caller } = asked;
  return {
    method,
    path,
    weight: caller.weight,
    policies: policiesOf(asked, line.quotas),
    status,
    bodyBytes: body?.byteLength ?? 0,
    ...(stored.overridden ? { detail: "override" } : {}),
    ...spenderOf(asked),
  };
}

/** True where what is said of one request alone tells stored responses apart. */
function tellsRequestsApart({ asked, served }: ClientExchange): boolean {
  const selecting = Object.keys(served?.stored.selecting ?? {});
  return [...asked.upstream.passFields, ...selecting].some(isOfOneRequest);
}

/** False where it has a body, or says how fresh its answer must be: that is judged anew each time. */
function isPlain({ fields, hasBody }: ClientRequest): boolean {
  const wishes = fieldLines(fields, "cache-control").length + fieldLines(fields, "pragma").length;
  return !hasBody && wishes === 0;
}

/** All that an answer may depend on, whether there is a body too; `undefined` where that is too much. */
export function headOf({ method, target, fields, address }: Heading): string | undefined {
  let head = `${address} ${method} ${target}`;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (!isOfOneRequest(name)) head += `\n${name}:${fields[index + 1]}`;
  }
  return head.length > LONGEST_HEAD ? undefined : head;
}

/** What it holds: the body as it was stored, as it goes out where that is another, and as text. */
function bodyBytesOf({ answer, hit }: Pick<Replay, "answer" | "hit">): number {
  const out = answer.body?.byteLength ?? 0;
  const stored = hit.stored.body;
  return stored.byteLength + (answer.body === stored ? out : 2 * out);
}

function isOfOneRequest(name: string): boolean {
  return name.length >= 10 && name.length <= 12 && OF_ONE_REQUEST.has(name.toLowerCase());
}
