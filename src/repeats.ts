import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { ageSeconds } from "./http/freshness.ts";
import { givenRequestId } from "./identify/request-id.ts";
import {
  headOf,
  type Again,
  type Heading,
  type Moment,
  type Replay,
  type Replays,
} from "./legs/replay.ts";
import {
  newNotes,
  recordOfHit,
  type AccessRecord,
  type HitRecord,
} from "./observe/access-record.ts";
import { ownFields, writable, type Remarks } from "./respond/own-fields.ts";
import { linesOf, wireOf, type Wire } from "./respond/wire.ts";
import { writeReady } from "./respond/write.ts";
import type { Notes } from "./observe/access-record.ts";
import type { Clock } from "./ports/clock.ts";
import type { Tracing } from "./ports/tracing.ts";

/*
 * How requests that were answered from store a moment ago are answered again: at once where Node has read the request,
 * together at the end of the turn of the event loop where its bytes were known and there was nothing to read. All that
 * wait for the end of a turn were received before it, so one look at the store, taken then, covers them all: whatever
 * write had been answered before they were sent shows in it (promise P7). Their fields are made and their records
 * written in one go as well. Where this process cannot tell whether what it knows is current, since it holds nothing in
 * memory or nothing that it may trust, the store is asked: once for all of a turn, again after they were received.
 */

/** A request that may be a repetition, with what is worked out of it once. */
export interface Repetition extends Heading {
  readonly head: string;
  /** The id that its client chose; absent: each time it is asked it gets a new one. */
  readonly givenId: string | undefined;
}

/** A request as what it may repeat is known by; `undefined` where it is too long to be remembered. */
export function repetitionOf(heading: Heading): Repetition | undefined {
  const head = headOf(heading);
  return head === undefined
    ? undefined
    : { ...heading, head, givenId: givenRequestId(heading.fields) };
}

/** Who waits for the end of the turn. */
export interface Waiting {
  /** Writes the whole answer. False: its client has left. */
  write(text: string): boolean;
  /** Its answer is not good any more: it has to be read, and goes the path. */
  read(): void;
}

/** What repetitions are answered with. */
export interface RepeatsParts {
  readonly clock: Clock;
  readonly replays: Replays;
  readonly remarksOn: (notes: Notes) => Remarks;
  readonly tracing?: Tracing | undefined;
  /** True: everything new is refused. */
  readonly isDraining: () => boolean;
  readonly onHits: (hits: readonly HitRecord[]) => void;
  readonly onRecord: (record: AccessRecord) => void;
}

interface Queued {
  readonly request: Repetition;
  readonly client: Waiting;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** Stands for a request's id in what is made for several. */
const GAP = randomUUID();

/** Fields that are said of a request alone, before and behind its id. */
type Own = readonly [before: string, behind: string];

/** Answers repetitions. */
export class Repeats {
  readonly #parts: RepeatsParts;
  readonly #wires = new WeakMap<Replay, Wire | "none">();
  #queue: Queued[] = [];
  #pending = 0;

  constructor(parts: RepeatsParts) {
    this.#parts = parts;
  }

  /** Those about whom the store has been asked. */
  get pending(): number {
    return this.#pending;
  }

  /** True where such a request was answered from store: it may be a repetition from now on. */
  knows(request: Repetition | undefined): boolean {
    return request !== undefined && this.#parts.replays.get(request.head) !== undefined;
  }

  /** Answers at once, and records it. False: it has to go the path, and nothing has been written. */
  answer(request: Repetition, outgoing: ServerResponse): boolean {
    const { clock, replays, onHits, isDraining } = this.#parts;
    if (!replays.get(request.head) || isDraining()) return false;
    const since = clock.monotonic();
    const again = replays.recall(request.head, replays.moment());
    if (!again) return false;
    const requestId = request.givenId ?? randomUUID();
    writeReady(outgoing, again.replay.answer, this.#ownFields(again, requestId));
    const hit = hitOf(request, again, { requestId, totalMs: clock.monotonic() - since });
    this.#trace(request, hit);
    onHits([hit]);
    return true;
  }

  /**
   * Takes it in to be answered at the end of this turn of the event loop, on a connection that stays open for so long
   * between two requests. False: it has to be read.
   */
  queue(request: Repetition, client: Waiting, keepAliveMs: number): boolean {
    const { clock, replays, isDraining } = this.#parts;
    const replay = replays.get(request.head);
    if (!replay || isDraining()) return false;
    if (this.#wireOf(replay, keepAliveMs) === "none") return false;
    if (this.#queue.length === 0) setImmediate(() => this.flush());
    this.#queue.push({ request, client, since: clock.monotonic() });
    return true;
  }

  /** Answers now whoever waits for the end of the turn. */
  flush(): void {
    if (this.#queue.length === 0) return;
    const queue = this.#queue;
    this.#queue = [];
    const unsure = this.#answerAll(queue, this.#parts.replays.moment());
    if (unsure.length > 0) void this.#ask(unsure);
  }

  /** Asks the store about what is not known to be current here, once for all; what it does not confirm is read. */
  async #ask(unsure: readonly Queued[]): Promise<void> {
    const { replays } = this.#parts;
    this.#pending += unsure.length;
    const confirmed = await replays.confirm(unsure.map(({ request }) => request.head));
    const unread = this.#answerAll(unsure, replays.moment(confirmed));
    this.#pending -= unsure.length;
    for (const { client } of unread) client.read();
  }

  /** Brings those that could not be answered. */
  #answerAll(queue: readonly Queued[], moment: Moment): Queued[] {
    const { replays, onHits } = this.#parts;
    const owns = new Map<Replay, Own>();
    const hits: HitRecord[] = [];
    const left: Queued[] = [];
    for (const queued of queue) {
      const again = replays.recall(queued.request.head, moment);
      const wire = again && this.#wires.get(again.replay);
      if (!again || wire === undefined || wire === "none") left.push(queued);
      else hits.push(...this.#write(queued, { again, wire, moment, owns }));
    }
    if (hits.length > 0) onHits(hits);
    return left;
  }

  #write({ request, client, since }: Queued, { again, wire, moment, owns }: Writing): HitRecord[] {
    const { replay } = again;
    const own = owns.get(replay) ?? this.#own(again);
    owns.set(replay, own);
    const requestId = request.givenId ?? randomUUID();
    const hit = hitOf(request, again, { requestId, totalMs: moment.at - since });
    const written = client.write(`${wire.before}${own[0]}${requestId}${own[1]}${wire.behind}`);
    if (!written) {
      const left = { status: 499, bodyBytes: 0, end: "client-left" as const };
      this.#parts.onRecord({ ...recordOfHit(hit), ...left });
      return [];
    }
    this.#trace(request, hit);
    return [hit];
  }

  #wireOf(replay: Replay, keepAliveMs: number): Wire | "none" {
    const known = this.#wires.get(replay);
    if (known !== undefined) return known;
    const wire = wireOf(replay.answer, keepAliveMs) ?? "none";
    this.#wires.set(replay, wire);
    return wire;
  }

  #own(again: Again): Own {
    const [before = "", behind = ""] = linesOf(this.#ownFields(again, GAP)).split(GAP);
    return [before, behind];
  }

  #ownFields({ replay, ageMs, ttlMs }: Again, requestId: string): string[] {
    const { method, detail } = replay.kind;
    const cache = { kind: "hit" as const, ttlMs, ...(detail === undefined ? {} : { detail }) };
    const notes = { ...newNotes(requestId, method), ...replay.kind, cache };
    const own = writable(ownFields(this.#parts.remarksOn(notes)));
    if (replay.aged) own.push("Age", String(ageSeconds(ageMs)));
    return own;
  }

  #trace(request: Repetition, hit: HitRecord): void {
    this.#parts.tracing?.begin(request).end(recordOfHit(hit));
  }
}

interface Writing {
  readonly again: Again;
  readonly wire: Wire;
  readonly moment: Moment;
  readonly owns: Map<Replay, Own>;
}

function hitOf(
  { givenId }: Repetition,
  { replay: { kind }, ttlMs, ageMs }: Again,
  one: Pick<HitRecord, "requestId" | "totalMs">,
): HitRecord {
  return { kind, ttlMs, ageMs, isGivenId: givenId !== undefined, ...one };
}
