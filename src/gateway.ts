import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Identifier, type Asked } from "./identify/identify.ts";
import { requestIdOf } from "./identify/request-id.ts";
import { WrongKeys } from "./identify/wrong-keys.ts";
import { spenderOf, type ClientExchange, type ClientRequest } from "./exchange.ts";
import { cacheability } from "./lookup/cacheability.ts";
import {
  accessRecord,
  newNotes,
  unaccounted,
  type AccessRecord,
  type HitRecord,
  type Notes,
} from "./observe/access-record.ts";
import { answerFromProblem, asProblem, type Answer } from "./respond/answer.ts";
import { passedFields, withOwnFields, type Remarks } from "./respond/own-fields.ts";
import { recode } from "./respond/recode.ts";
import { rewriteLinks } from "./respond/rewrite-links.ts";
import { leaveUnread } from "./respond/unread.ts";
import { writeAnswer } from "./respond/write.ts";
import { readAsked } from "./read-asked.ts";
import { remarksOn } from "./remarks.ts";
import { Repeats } from "./repeats.ts";
import { PrivateLeg } from "./legs/private.ts";
import { Replays } from "./legs/replay.ts";
import { SharedLeg, type SharedParts } from "./legs/shared.ts";
import { drainingProblem } from "./schedule/refusals.ts";
import type { Directory } from "./identify/directory.ts";
import type { Line } from "./line.ts";
import type { Settings } from "./ports/settings.ts";
import type { Tracing } from "./ports/tracing.ts";
import type { WarmErrand, WarmResult } from "./store/warm.ts";

/*
 * The path of one exchange, top to bottom. Steps know nothing of each other; what one brings, the next
 * is given here.
 */

/** What the gateway is built with. */
export interface GatewayParts extends SharedParts {
  readonly settings: Settings;
  /** Who is let in; absent: the consumers of the settings. */
  readonly directory?: Directory;
  /** By upstream's name, as of now: a reload changes them together with the settings. */
  readonly lines: ReadonlyMap<string, Line>;
  /** Absent: nobody traces. */
  readonly tracing?: Tracing | undefined;
  readonly onRecord: (record: AccessRecord, cause?: unknown) => void;
  /** Told of requests that were answered again, several at a time, instead of their whole records. */
  readonly onHits: (hits: readonly HitRecord[]) => void;
}

/** What is recorded of a client that left before there was an answer; nobody is sent it. */
const CLIENT_LEFT: Answer = { status: 499, reason: "", fields: [], body: null };

/** Answers exchanges. */
export class Gateway {
  /** The short way of requests that were answered from store a moment ago. */
  readonly repeats: Repeats;
  readonly #parts: GatewayParts;
  readonly #identifier: Identifier;
  readonly #shared: SharedLeg;
  readonly #private: PrivateLeg;
  readonly #replays: Replays;
  readonly #draining = new AbortController();
  #settings: Settings;
  #underWay = 0;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    const wrongKeys = new WrongKeys({
      most: () => this.#settings.limits.wrongKeys,
      now: () => parts.clock.monotonic(),
    });
    this.#identifier = new Identifier(parts.settings, parts.directory, wrongKeys);
    this.#shared = new SharedLeg(parts);
    this.#private = new PrivateLeg(parts);
    this.#replays = new Replays({ ...parts, changes: () => this.#identifier.changes });
    this.repeats = new Repeats({
      ...parts,
      replays: this.#replays,
      remarksOn: (notes) => this.#remarksOn(notes),
      isDraining: () => this.draining,
    });
    void parts.invalidation.keepPaying(parts.clock, this.#draining.signal);
  }

  /** True: what comes now is refused, what waits goes on. */
  get draining(): boolean {
    return this.#draining.signal.aborted;
  }

  /** What exchanges that begin now are judged by. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Exchanges that begin from now on go by these; those under way end on what they began with. */
  reload(settings: Settings): void {
    this.#settings = settings;
    this.#identifier.mount(settings.upstreams);
    this.#replays.forget();
  }

  /** From now on everything new is refused, and nothing goes on in the background. */
  drain(): void {
    this.repeats.flush();
    this.#draining.abort();
    this.#shared.stop();
  }

  /** Resolves once no exchange is under way, or the signal aborts. */
  async settled(signal: AbortSignal): Promise<void> {
    while (this.#underWay + this.repeats.pending > 0 && !signal.aborted) {
      await this.#parts.clock.sleep(20, signal).catch(() => {});
    }
  }

  /** Answers one exchange on `outgoing` and records it. Never rejects. */
  async handle(request: ClientRequest, outgoing: ServerResponse): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#exchange(request, outgoing);
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * Asks for one GET as an operator's errand, so that it is stored before somebody needs it.
   * @throws Problem, or the signal's reason.
   */
  async warm({ target, consumer }: WarmErrand, signal: AbortSignal): Promise<WarmResult> {
    if (this.draining) throw drainingProblem();
    const asked = this.#identifier.identifyErrand(target, consumer);
    const may = cacheability(asked);
    if (may.kind !== "cacheable") return "skipped";
    const line = this.#lineOf(asked);
    const notes = newNotes(randomUUID(), "GET");
    const effect = { mayHaveChanged: false };
    const since = this.#parts.clock.monotonic();
    const request = { method: "GET", fields: [], signal };
    const body = { kind: "none" as const };
    const exchange = { request, asked, line, body, notes, effect, since };
    try {
      const answer = await this.#shared.answer(exchange, may);
      leaveUnread(answer.body);
    } finally {
      // Also what failed has cost what it sent.
      this.#parts.onBackground({ ...spenderOf(asked), ...unaccounted(notes) });
    }
    const { cache } = notes;
    if (cache?.kind === "hit") return "skipped";
    return cache?.stored === true || cache?.collapsed === true ? "stored" : "failed";
  }

  async #exchange(request: ClientRequest, outgoing: ServerResponse): Promise<void> {
    const { clock, onRecord, tracing } = this.#parts;
    const since = clock.monotonic();
    const notes = newNotes(requestIdOf(request.fields), request.method);
    const trace = tracing?.begin(request);
    if (trace) notes.trace = trace;
    let cause: unknown;
    const answer = await this.#answer(request, notes, since).catch((error: unknown) => {
      if (request.signal.aborted) return CLIENT_LEFT;
      cause = error;
      const problem = asProblem(error);
      Object.assign(notes, { problem: problem.type, note: problem.details.operatorNote });
      return answerFromProblem(problem, notes.requestId);
    });
    const { status } = answer;
    // So that its client sends nothing more here, where it would be refused.
    if (this.draining) outgoing.shouldKeepAlive = false;
    const written = await writeAnswer(outgoing, this.#remarked(answer, notes), request);
    cause ??= written.brokenBy;
    const { bodyBytes, end } = written;
    const ending = { status, bodyBytes, end, totalMs: clock.monotonic() - since };
    const record = accessRecord(notes, ending);
    trace?.end(record);
    onRecord(record, cause);
  }

  async #answer(request: ClientRequest, notes: Notes, since: number): Promise<Answer> {
    if (this.draining) throw drainingProblem();
    const settings = this.#settings;
    const { asked, body } = await readAsked(request, notes, {
      identifier: this.#identifier,
      limits: settings.limits,
      quotasOf: (name) => this.#parts.lines.get(name)?.quotas,
    });
    const { upstream } = asked;
    const line = this.#lineOf(asked);
    const effect = { mayHaveChanged: false };
    const exchange: ClientExchange = { request, asked, line, body, notes, effect, since };
    const may = cacheability(asked);
    const answer =
      may.kind === "cacheable"
        ? await this.#shared.answer(exchange, may)
        : await this.#private.answer(exchange, may.reason);
    const coded = upstream.coding === "own" ? await recode(answer, request) : answer;
    const fields = rewriteLinks(coded.fields, { upstream, origin: request.origin });
    const linked = { ...coded, fields };
    // What a reload overtook came out as it would no more.
    if (settings === this.#settings) {
      const passed = passedFields(fields, this.#remarksOn(notes));
      this.#replays.keep(exchange, { ...linked, fields: passed });
    }
    return linked;
  }

  #lineOf({ upstream: { name } }: Asked): Line {
    const line = this.#parts.lines.get(name);
    if (!line) throw new Error(`The upstream ${name} has no line.`);
    return line;
  }

  #remarked(answer: Answer, notes: Notes): Answer {
    return { ...answer, fields: withOwnFields(answer.fields, this.#remarksOn(notes)) };
  }

  #remarksOn(notes: Notes): Remarks {
    return remarksOn(this.#parts.lines.get(notes.upstream ?? ""), notes);
  }
}
