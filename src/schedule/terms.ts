import type { LedgerTerms } from "../ports/ledger.ts";
import type { ShadowSettings, Upstream } from "../ports/settings.ts";

/** After a forward's own time-outs, until its place among the concurrent ones is taken for lost. */
const FORWARD_MARGIN_MS = 5_000;

/** The terms on which an upstream's ledger gives permits. */
export function termsOf(upstream: Upstream): LedgerTerms {
  const { name, quotas, concurrency, queue, timeouts, pause } = upstream;
  const { connectMs, headersMs, bodyMs } = timeouts;
  return {
    upstream: name,
    quotas,
    concurrency,
    maxWaiting: queue.maxLength,
    forwardMs: connectMs + headersMs + bodyMs + FORWARD_MARGIN_MS,
    firstPauseMs: pause.firstMs,
    maxPauseMs: pause.maxMs,
  };
}

/**
 * Changes terms in place. Whoever was given them, ledger and scheduler, goes by the new ones from the next turn on, so
 * that what waits keeps its place. A quota over another window begins with what is still known.
 */
export function changeTerms(terms: LedgerTerms, upstream: Upstream): void {
  Object.assign(terms, termsOf(upstream));
}

/** More than ever wait for answers: a shadow cannot know how long they would take. */
const NO_BOUND = 1_000_000;

/** The terms that a shadow tries: in a ledger of its own, which no upstream's name can be that of. */
export function shadowTermsOf(upstream: Upstream, { quotas }: ShadowSettings): LedgerTerms {
  const real = termsOf(upstream);
  return { ...real, upstream: `${real.upstream}~shadow`, quotas, concurrency: NO_BOUND };
}
