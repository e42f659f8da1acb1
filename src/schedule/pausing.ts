import { micros, numberIn, setNumber, unpack, type Book } from "./book.ts";
import { takeBackAssigned } from "./assigned.ts";
import { innerPace, innerSpan, isDefined, lookAgain } from "./inner.ts";
import { pauseHash, pauseState, probe, probesFor, setProbe } from "./pauses.ts";
import { endCredit } from "./queue.ts";
import { longestSpan, pacePerUnit, stampOf } from "./windows.ts";
import type { PauseReport, PolicyPause } from "../ports/ledger.ts";

/*
 * After a 429: nothing, then one probe, then the pace; of the whole upstream, or of what is under one policy. Credit,
 * and what a policy did not use, is gone for one window afterwards, since the upstream has just shown that it counts
 * otherwise than this ledger does. State: pauses.
 */

/** Begins or lengthens a pause; what was granted and not yet taken goes back into the line. */
export function beginPause(book: Book, report: PauseReport): number {
  if (report.ordered === true) return orderPause(book, report.forMs ?? 0);
  const { policy } = report;
  const hash = pauseHash(policy);
  const until = numberIn(book, hash, "pausedUntil");
  if (isNews(book, report)) {
    const quietFor = book.now - Math.max(until, numberIn(book, hash, "pausedAt"));
    const backOff = quietFor > spanOfPause(book, policy) ? 0 : numberIn(book, hash, "backOff");
    setNumber(book, hash, { field: "backOff", to: backOff + 1 });
    setNumber(book, hash, { field: "pausedAt", to: book.now });
  }
  const doublings = Math.min(30, Math.max(0, numberIn(book, hash, "backOff") - 1));
  const asked = report.forMs ?? book.terms.firstPauseMs * 2 ** doublings;
  const bounded = micros(Math.min(asked, book.terms.maxPauseMs));
  const pausedUntil = Math.max(until, book.now + bounded);
  setNumber(book, hash, { field: "pausedUntil", to: pausedUntil });
  // Of a policy this also notes that it is paused.
  const prober = probe(book, policy);
  setProbe(book, prober === report.ticket ? "" : prober, policy);
  if (policy !== undefined) lookAgain(book, policy);
  takeBackAssigned(book, policy);
  return pausedUntil;
}

/** As an operator orders it. What ends early ends as every pause does: with a probe, since nobody knows what comes. */
function orderPause(book: Book, forMs: number): number {
  const until = numberIn(book, "state", "pausedUntil");
  const asked = book.now + micros(Math.min(forMs, book.terms.maxPauseMs));
  const pausedUntil = forMs > 0 ? Math.max(until, asked) : Math.min(until, book.now);
  setNumber(book, "state", { field: "pausedUntil", to: pausedUntil });
  if (forMs > 0) takeBackAssigned(book);
  return Math.max(pausedUntil, book.now);
}

/** A ticket was answered: where it was the probe, on at the pace. */
export function endPausesOf(book: Book, ticket: string): void {
  for (const policy of probesFor(book, ticket)) endPause(book, policy);
}

/** The probe was answered: on at the pace, unless another call has begun a new pause meanwhile. */
export function endPause(book: Book, policy?: string): void {
  const hash = pauseHash(policy);
  setProbe(book, "", policy);
  if (policy !== undefined) lookAgain(book, policy);
  if (book.now < numberIn(book, hash, "pausedUntil")) return;
  setNumber(book, hash, { field: "pausedUntil", to: 0 });
  const rampUntil = book.now + spanOfPause(book, policy);
  const pace = policy === undefined ? pacePerUnit(book.terms) : innerPace(book, policy);
  if (policy === undefined) endCredit(book, rampUntil);
  else {
    setNumber(book, hash, { field: "rampUntil", to: rampUntil });
    book.tables.erase("paused", policy);
  }
  setNumber(book, hash, { field: "paceAt", to: book.now + pace });
}

/** The policies that a pause holds, or whose probe is awaited. */
export function policyPauses(book: Book): PolicyPause[] {
  return book.tables.entries("paused").map(([policy, prober]) => {
    const pause = pauseState(book, policy);
    const pausedForMs = pause.kind === "paused" ? (pause.until - book.now) / 1000 : 0;
    return { policy, pausedForMs, probe: prober };
  });
}

function spanOfPause(book: Book, policy: string | undefined): number {
  const known = policy !== undefined && isDefined(book, policy);
  return known ? innerSpan(book, policy) : longestSpan(book.terms);
}

/** A 429 to a call that left before the last pause began says nothing new. */
function isNews(book: Book, { ticket, policy }: PauseReport): boolean {
  const pausedAt = numberIn(book, pauseHash(policy), "pausedAt");
  const text = book.tables.read("forward", ticket);
  if (pausedAt === 0 || text === undefined) return pausedAt === 0;
  const stamp = stampOf(book, ticket, unpack(text));
  return stamp !== undefined && stamp > pausedAt;
}
