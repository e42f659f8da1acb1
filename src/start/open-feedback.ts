import { nodeClock } from "../adapters/node-clock.ts";
import { Feedback, type LearnedReport } from "../schedule/feedback.ts";
import type { Events } from "../observe/events.ts";
import type { Ledger, LedgerTerms } from "../ports/ledger.ts";
import type { Upstream } from "../ports/settings.ts";
import type { Stores } from "../ports/stores.ts";
import type { QuotaReport } from "../operate/quota-routes.ts";
import type { Line } from "../line.ts";
import type { LearnedChange, LearnTerms } from "../schedule/lessons.ts";
import type { Scheduler } from "../schedule/scheduler.ts";

/** What an upstream's feedback is opened with. */
export interface FeedbackWorld {
  readonly stores: Pick<Stores, "lessons">;
  readonly events: Events;
  readonly ledger: Ledger;
  readonly terms: LedgerTerms;
  readonly scheduler: Scheduler;
}

/** On what terms an upstream's limits are learned. */
export function learnTermsOf({ quotas, learn, routes }: Upstream): LearnTerms {
  return { quotas, learn, mostCost: Math.max(1, ...routes.map(({ cost }) => cost)) };
}

/** What learns the limits of one upstream. */
export function openFeedback(upstream: Upstream, world: FeedbackWorld): Feedback {
  const { name } = upstream;
  const { stores, events, ledger, terms, scheduler } = world;
  return new Feedback({
    learnTerms: learnTermsOf(upstream),
    terms,
    ledger,
    store: stores.lessons(name),
    clock: nodeClock,
    outlook: () => scheduler.outlook,
    onChange: (change) =>
      events.tell({ upstream: name, kind: change.kind, words: wordsOf(change) }),
  });
}

function wordsOf({ kind, subject, from, to, reason }: LearnedChange): string {
  const what =
    kind === "foreign" ? `Units of ${subject} that others spend` : `The limit of ${subject}`;
  return `${what}: ${from}, now ${to}. ${reason}`;
}

/** Every upstream's limits, for people. */
export function quotaReports(lines: ReadonlyMap<string, Line>): QuotaReport[] {
  return [...lines].map(([upstream, line]) => {
    return { upstream, learns: line.feedback !== undefined, ...learnedOf(line) };
  });
}

/** What is known of one upstream's limits; where nothing is learned, what is configured. */
export function learnedOf({
  upstream,
  feedback,
}: Pick<Line, "upstream" | "feedback">): LearnedReport {
  if (feedback) return feedback.report;
  const quotas = upstream.quotas.map(({ name, windowMs, limit }) => ({
    name,
    windowMs,
    configured: limit,
    effective: limit,
    foreign: 0,
  }));
  return { quotas, endpoints: [], changes: [] };
}
