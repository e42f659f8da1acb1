import { toldLimits } from "../http/upstream-limits.ts";
import { StoreFault } from "../ports/faults.ts";
import { unitsBefore, unitsSpent } from "./census.ts";
import { endpointPolicy, policyName } from "./endpoint.ts";
import {
  effectiveQuotas,
  lessonOf,
  lessonsBy,
  NO_LESSONS,
  readLessons,
  writeLessons,
  type LearnedChange,
  type LearnTerms,
  type Lessons,
} from "./lessons.ts";
import { learnRefusal } from "./refused.ts";
import { learnTold, toldOf } from "./told.ts";
import { Traffic } from "./traffic.ts";
import { learnTime, shortestFirst } from "./trial.ts";
import type { RawFields } from "../http/fields.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerTerms, Policy } from "../ports/ledger.ts";
import type { LessonStore } from "../ports/lessons.ts";
import type { Quota } from "../ports/settings.ts";
import type { Outlook } from "./refusals.ts";

/*
 * What the upstream's answers teach, for all instances: each event is decided on what all know (refused.ts, told.ts,
 * trial.ts), and written only over the version that it was decided on, so that of several processes that see the same
 * one changes it. What is known then becomes the ledger's terms, from the next turn on.
 */

/** What feedback is built with. */
export interface FeedbackParts {
  /** What holds without any lesson; `relearn` changes it. */
  readonly learnTerms: LearnTerms;
  /** The ledger's own terms, which are changed in place. */
  readonly terms: LedgerTerms;
  readonly ledger: Pick<Ledger, "outlook">;
  readonly store: LessonStore;
  readonly clock: Clock;
  /** What the ledger said last. */
  readonly outlook: () => Outlook;
  /** Told of each change, whichever process made it. */
  readonly onChange: (change: LearnedChange) => void;
}

/** An answer of the upstream. */
export interface Answered {
  readonly endpoint: string;
  readonly cost: number;
  readonly fields: RawFields;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** From its departure to its answer. */
  readonly tookMs: number;
}

/** What is known, for people. */
export interface LearnedReport {
  readonly quotas: readonly {
    readonly name: string;
    readonly windowMs: number;
    readonly configured: number;
    readonly effective: number;
    readonly foreign: number;
  }[];
  readonly endpoints: readonly { readonly endpoint: string; readonly limit: number }[];
  /** Newest first. */
  readonly changes: readonly LearnedChange[];
}

/** What was asked for in so many windows is the mix of what is asked for. */
const ASKED_WINDOWS = 5;

/** Others may be quicker so often before an event is given up. */
const MOST_TRIES = 5;

/** Learns the limits of one upstream. */
export class Feedback {
  readonly #parts: FeedbackParts;
  readonly #traffic: Traffic;
  readonly #asked: Traffic;
  #learnTerms: LearnTerms;
  #lessons: Lessons = NO_LESSONS;
  #settling = false;
  /** What is read at the start is no news. */
  #greeting = false;
  /** Units in the fullest window in which others were answered since the suspicion of that instant. */
  #fullest = { since: 0, units: 0 };

  constructor(parts: FeedbackParts) {
    this.#parts = parts;
    this.#learnTerms = parts.learnTerms;
    const [{ windowMs } = { windowMs: 0 }] = shortestFirst(parts.learnTerms.quotas);
    this.#traffic = new Traffic(windowMs);
    this.#asked = new Traffic(windowMs * ASKED_WINDOWS);
    parts.store.onChanged(({ text }) => this.#apply(readLessons(text), !this.#greeting));
  }

  /** Takes up what was learned before. @throws StoreFault */
  async greet(): Promise<void> {
    this.#greeting = true;
    await this.#parts.store.read().finally(() => (this.#greeting = false));
  }

  /** The configuration is another; the ledger's terms are those of what was learned under it. */
  relearn(learnTerms: LearnTerms): void {
    this.#learnTerms = learnTerms;
    this.#apply(this.#lessons, false);
  }

  /** The quotas as they are kept at present. */
  get quotas(): readonly Quota[] {
    return this.#parts.terms.quotas;
  }

  /** The inner quota of an endpoint that has a limit of its own. */
  policiesOf(endpoint: string): readonly Policy[] {
    const known = this.#lessons.endpoints.find((one) => one.endpoint === endpoint);
    const [shortest] = shortestFirst(this.#parts.terms.quotas);
    return known && shortest ? [endpointPolicy(endpoint, known.limit, shortest)] : [];
  }

  /** The policy that alone pauses where the endpoint is refused; `undefined`: everybody does. */
  scopeOf(endpoint: string): string | undefined {
    const isKnown = this.#lessons.endpoints.some((one) => one.endpoint === endpoint);
    return isKnown ? policyName(endpoint) : undefined;
  }

  /** A request of this process begins to wait. */
  asks(endpoint: string, cost: number): void {
    this.#asked.add({ endpoint, cost, departedAt: this.#parts.clock.monotonic() });
  }

  /** The upstream has answered, and not with a 429. */
  answered(answer: Answered): void {
    const { endpoint, cost, fields, receivedAt, tookMs } = answer;
    const { clock, outlook } = this.#parts;
    const learnTerms = this.#learnTerms;
    const departedAt = clock.monotonic() - tookMs;
    this.#traffic.add({ endpoint, cost, departedAt });
    const { standings, waiting } = outlook();
    const spent = unitsSpent(standings, learnTerms.quotas);
    this.#noteFullest(endpoint, spent);
    if (this.#settling) return;
    const told = toldLimits(fields, receivedAt);
    const now = clock.now();
    const share = this.#traffic.share(endpoint, clock.monotonic());
    const standing = { now, told, spent, waiting: waiting > 0, endpoint, share };
    void this.#settle((lessons) =>
      learnTime(learnTold(lessons, standing, learnTerms), standing, learnTerms),
    );
  }

  /** The upstream has answered with a 429, and everybody it concerns knows of the pause. */
  async throttled(answer: Answered, pauseMs: number | undefined): Promise<void> {
    const { endpoint, fields, receivedAt, tookMs } = answer;
    const { clock, ledger, outlook } = this.#parts;
    const learnTerms = this.#learnTerms;
    const { quotas } = learnTerms;
    const [now, at] = [clock.now(), clock.monotonic()];
    const told = toldLimits(fields, receivedAt);
    const spent = unitsSpent(outlook().standings, quotas);
    const share = this.#traffic.share(endpoint, at);
    const seen = await ledger.outlook().catch((error: unknown) => {
      if (error instanceof StoreFault) return undefined;
      throw error;
    });
    if (seen === undefined) return;
    const agoMs = tookMs + clock.monotonic() - at;
    const units = unitsBefore(seen, quotas, agoMs);
    const left = leftOf(quotas.map((quota) => toldOf(told, quota, quotas.length === 1)?.remaining));
    await this.#settle((lessons) => {
      const since = at - (now - lessons.refusedAt);
      const refusal = {
        endpoint,
        now,
        units,
        share,
        asked: this.#asked.share(endpoint, at),
        left,
        pauseMs,
        departedAt: now - tookMs,
        answered: this.#traffic.hasAnswered(since),
        othersAnswered: this.#traffic.hasAnswered(since, endpoint),
        fullest: this.#fullest.since === lessons.suspicion?.at ? this.#fullest.units : 0,
      };
      const taught = learnTold(lessons, { now, endpoint, told, spent }, learnTerms);
      return learnRefusal(taught, refusal, learnTerms);
    });
  }

  /** What is known now. */
  get report(): LearnedReport {
    const { terms } = this.#parts;
    const lessons = this.#lessons;
    return {
      quotas: this.#learnTerms.quotas.map((quota) => ({
        name: quota.name,
        windowMs: quota.windowMs,
        configured: quota.limit,
        effective: terms.quotas.find(({ name }) => name === quota.name)?.limit ?? quota.limit,
        foreign: lessonOf(lessons, quota).foreign,
      })),
      endpoints: lessons.endpoints.map(({ endpoint, limit }) => ({ endpoint, limit })),
      changes: lessons.changes.toReversed(),
    };
  }

  #noteFullest(endpoint: string, spent: ReadonlyMap<string, number>): void {
    const { suspicion } = this.#lessons;
    if (suspicion === undefined || suspicion.endpoint === endpoint) return;
    const units = spent.get(suspicion.quota) ?? 0;
    const before = this.#fullest.since === suspicion.at ? this.#fullest.units : 0;
    this.#fullest = { since: suspicion.at, units: Math.max(before, units) };
  }

  async #settle(decide: (lessons: Lessons) => Lessons): Promise<void> {
    const { store, clock } = this.#parts;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const next = decide(lessonsBy(this.#lessons, clock.now()));
      if (next === this.#lessons) return;
      this.#settling = true;
      try {
        if (await store.change(writeLessons(next), store.known.version)) return;
      } catch (error) {
        if (!(error instanceof StoreFault)) throw error;
        return;
      } finally {
        this.#settling = false;
      }
    }
  }

  #apply(lessons: Lessons, isNews: boolean): void {
    const { terms, onChange } = this.#parts;
    const known = new Set(this.#lessons.changes.map((change) => JSON.stringify(change)));
    this.#lessons = lessons;
    Object.assign(terms, { quotas: effectiveQuotas(lessons, this.#learnTerms) });
    if (!isNews) return;
    for (const change of lessons.changes) if (!known.has(JSON.stringify(change))) onChange(change);
  }
}

function leftOf(told: readonly (number | undefined)[]): "some" | "none" | undefined {
  const known = told.filter((units) => units !== undefined);
  if (known.length === 0) return undefined;
  return known.includes(0) ? "none" : "some";
}
