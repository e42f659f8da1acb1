import { pauseOf } from "./forward/retry.ts";
import { keyRefusedProblem } from "./forward/upstream-problem.ts";
import type { RawFields } from "./http/fields.ts";
import { mayHaveChanged } from "./http/invalidation.ts";
import { retryAfterMs } from "./http/retry-after.ts";
import { UpstreamFault } from "./ports/faults.ts";
import { costOf, prospectOf } from "./prospect.ts";
import { answerOf, isFree, isUnderAll, noteAsked, scoped, underEndpoint } from "./taught.ts";
import { traced } from "./traced.ts";
import { tryAgain } from "./try-again.ts";
import { until } from "./until.ts";
import type { Forwarded, Forwarder } from "./forward/forward.ts";
import type { Outbound } from "./forward/outbound.ts";
import type { RequestBody } from "./forward/request-body.ts";
import type { Asked } from "./identify/identify.ts";
import type { LineGuard } from "./line-guard.ts";
import type { Notes } from "./observe/access-record.ts";
import type { Clock } from "./ports/clock.ts";
import type { Upstream } from "./ports/settings.ts";
import type { Slots } from "./ports/slots.ts";
import type { UpstreamClient } from "./ports/upstream-client.ts";
import type { Feedback } from "./schedule/feedback.ts";
import type { Prospect } from "./schedule/foresee.ts";
import type { Permit } from "./schedule/permit.ts";
import type { Scheduler } from "./schedule/scheduler.ts";

/*
 * The way out to one upstream: a turn, a slot, the forward, and what the answer teaches the schedule. A
 * permit that ran out, a 429 and a failure that may be repeated send a request back to its place in the
 * line, for as long as its deadline allows.
 */

/** A request on its way out. */
export interface Errand {
  readonly asked: Asked;
  readonly outbound: Outbound;
  readonly body: RequestBody;
  /** Monotonic instants: when it began to wait, and when it must have its permit. */
  readonly since: number;
  readonly deadline: number;
  readonly notes: Notes;
  readonly effect: Effect;
  /** Told of each interim response (RFC 9110 section 15.2). */
  readonly onInformation?: (status: number, fields: RawFields) => void;
  /** Told when the request has to stand in line once more. */
  readonly onReturn?: () => void;
}

/** What an exchange may have done at its upstream so far. */
export interface Effect {
  /** Something was sent that was not refused with a 429: the upstream may have acted on it. */
  mayHaveChanged: boolean;
}

/** How often a follower past its deadline looks whether the upstream is paused, in milliseconds. */
const PAUSE_LOOK_MS = 250;

/** What one upstream's line is built with. */
export interface LineParts {
  readonly upstream: Upstream;
  readonly scheduler: Scheduler;
  readonly slots: Slots;
  readonly forwarder: Forwarder;
  /** What the forwarder sends with: closed with the line. */
  readonly client: UpstreamClient;
  readonly guard: LineGuard;
  readonly clock: Clock;
  /** Told of each 429: to what, and how long it pauses; `undefined`: the ledger's back-off decides. */
  readonly onThrottled?: (asked: Asked, pausedMs: number | undefined) => void;
  /** Absent: nothing is learned. */
  readonly feedback?: Feedback;
  /** From 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
}

type Sent =
  | { readonly kind: "answered"; readonly reply: Forwarded }
  /** The permit ran out before the head was written. */
  | { readonly kind: "late" }
  | { readonly kind: "throttled"; readonly reply: Forwarded; readonly pausedMs: number }
  | { readonly kind: "failed"; readonly fault: UpstreamFault };

/** The way out to one upstream. */
export class Line {
  readonly upstream: Upstream;
  readonly scheduler: Scheduler;
  readonly feedback: Feedback | undefined;
  readonly #parts: LineParts;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.upstream = parts.upstream;
    this.scheduler = parts.scheduler;
    this.feedback = parts.feedback;
  }

  /** Takes up what the store knows before the first request. @throws StoreFault */
  async greet(): Promise<void> {
    await Promise.all([this.scheduler.greet(), this.feedback?.greet()]);
  }

  /** The upstream's quotas as they are kept at present, by what was learned of them. */
  get quotas(): Upstream["quotas"] {
    return this.feedback?.quotas ?? this.upstream.quotas;
  }

  /** Lets what waits go on until the signal aborts, then refuses it; closes the connections. */
  async close(signal: AbortSignal): Promise<void> {
    const { scheduler, slots, client } = this.#parts;
    await scheduler.close(signal);
    await client.close();
    await slots.close();
  }

  /** The circuit at present, and how often it has opened in this process. */
  get circuit(): LineGuard["circuit"] {
    return this.#parts.guard.circuit;
  }

  /** Waits for a permit, while the circuit lets anybody out. @throws Problem, or the signal's reason. */
  async acquire(errand: Errand, signal: AbortSignal, returning = false): Promise<Permit> {
    const { asked, since, deadline, notes } = errand;
    if (!returning) noteAsked(asked, this.feedback);
    const { guard, scheduler } = this.#parts;
    const request = { ...this.#prospectOf(asked), since, deadline, returning };
    return traced(notes, "queue", () =>
      guard.board(signal, (leaving) => scheduler.acquire({ ...request, signal: leaving })),
    );
  }

  /**
   * Rejects at the errand's deadline, with what its client is then told; or with the signal's reason. Where another
   * process leads (`elsewhere`), which may have departed, only once a pause holds as well: then it has not.
   */
  async late(
    { asked, deadline, since }: Errand,
    signal: AbortSignal,
    elsewhere: boolean,
  ): Promise<never> {
    const { clock, scheduler } = this.#parts;
    await clock.sleep(Math.max(0, deadline - clock.monotonic()), signal);
    if (elsewhere) {
      while (scheduler.pausedMs === 0) await clock.sleep(PAUSE_LOOK_MS, signal);
    }
    throw scheduler.lateProblem(since, this.#prospectOf(asked));
  }

  /** Sends with the permit, and with further ones while it must. @throws Problem, or the signal's reason. */
  async send(errand: Errand, first: Permit, signal: AbortSignal): Promise<Forwarded> {
    let permit = first;
    for (let retries = 0; ;) {
      errand.notes.queueMs += permit.waitedMs;
      const sent = await this.#sendOnce(errand, permit, signal);
      if (sent.kind === "answered") return sent.reply;
      if (sent.kind === "throttled" && !this.#mayReturn(errand, sent.pausedMs)) return sent.reply;
      if (sent.kind === "throttled") sent.reply.body.resume();
      const acquire = (): Promise<Permit> => this.acquire(errand, signal, true);
      if (sent.kind === "failed") {
        const failure = { fault: sent.fault, nth: (retries += 1) };
        permit = await tryAgain(this.#parts, errand, { ...failure, acquire, signal });
      } else {
        errand.onReturn?.();
        permit = await acquire();
      }
    }
  }

  async #sendOnce(errand: Errand, permit: Permit, signal: AbortSignal): Promise<Sent> {
    const { outbound, body, asked, notes, effect, onInformation = () => {} } = errand;
    const { clock, forwarder, guard } = this.#parts;
    const slot = await this.#parts.slots.take();
    const release = (outcome: "answered" | "failed"): void => {
      slot[Symbol.dispose]();
      permit.end(outcome);
    };
    using patience = until(errand.deadline, clock);
    let departedAt: number | undefined;
    const attempt = guard.begin(asked.route);
    const mayDepart = (): boolean => {
      if (!isUnderAll(permit, asked, this.feedback) || !permit.mayDepart()) return false;
      departedAt = clock.monotonic();
      // While the upstream works there is time to learn what the answer tells of shares. Not before: a unit that is
      // given back must not be seen as taken by those who ask next.
      this.#parts.scheduler.learnShares();
      patience[Symbol.dispose]();
      guard.departed();
      notes.forwards += 1;
      notes.units += costOf(asked);
      return true;
    };
    let reply: Forwarded;
    try {
      const { form, fields: client } = asked;
      const patient = AbortSignal.any([signal, patience.signal]);
      const forwarding = { outbound, body, form, signal: patient, mayDepart, onInformation };
      reply = await forwarder.forward({ ...forwarding, client, trace: notes.trace });
    } catch (error) {
      // First, since with the permit a probe ends.
      attempt.failed(error);
      release("failed");
      effect.mayHaveChanged ||= departedAt !== undefined;
      notes.upstreamMs += departedAt === undefined ? 0 : clock.monotonic() - departedAt;
      if (patience.signal.aborted && departedAt === undefined) return { kind: "late" };
      if (!(error instanceof UpstreamFault)) throw error;
      return error.kind === "not-departed" ? { kind: "late" } : { kind: "failed", fault: error };
    }
    attempt.answered(reply.status);
    notes.upstreamMs += reply.upstreamMs;
    effect.mayHaveChanged ||= mayHaveChanged(reply.status);
    void reply.closed.then(() => release("answered"));
    return this.#judge(errand, permit, reply);
  }

  async #judge({ notes, asked }: Errand, permit: Permit, reply: Forwarded): Promise<Sent> {
    const { scheduler, upstream } = this.#parts;
    if (upstream.keyRefusedStatuses.includes(reply.status)) {
      reply.body.resume();
      throw keyRefusedProblem(upstream.name, reply.status);
    }
    if (reply.status !== 429) {
      if (isFree(asked, reply)) {
        permit.refund();
        notes.units -= costOf(asked);
      }
      permit.answered();
      this.feedback?.answered(answerOf(asked, reply));
      return { kind: "answered", reply };
    }
    notes.throttled += 1;
    const pausedMs = pauseOf(retryAfterMs(reply.fields, reply.receivedAt), upstream.pause);
    const answer = answerOf(asked, reply);
    await scheduler.throttled(permit, scoped(pausedMs, answer.endpoint, this.feedback));
    await this.feedback?.throttled(answer, pausedMs);
    this.#parts.onThrottled?.(asked, pausedMs);
    return { kind: "throttled", reply, pausedMs: pausedMs ?? 0 };
  }

  #prospectOf(asked: Asked): Prospect {
    return underEndpoint(prospectOf(asked, this.quotas), asked, this.feedback);
  }

  /** True where a refused request can go again: its body is at hand and the pause ends before its deadline. */
  #mayReturn({ body, deadline }: Errand, pausedMs: number): boolean {
    return body.kind !== "stream" && this.#parts.clock.monotonic() + pausedMs < deadline;
  }
}
