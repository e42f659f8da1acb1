import { micros, numberIn, setNumber, unpack, type Book } from "./book.ts";
import { takeBackAssigned } from "./assigned.ts";
import { endCredit } from "./queue.ts";
import { longestSpan, pacePerUnit, stampOf } from "./windows.ts";
import type { PauseReport } from "../ports/ledger.ts";

/*
 * After a 429: nothing, then one probe, then the pace.
 *
 *   state  hash  pausedUntil (0: no pause)  pausedAt  backOff  probe ("" or the probe's ticket)
 *
 * A pause that has run out stays a pause until its probe was answered. Credit is gone for one window
 * afterwards, since the upstream has just shown that it counts otherwise than this ledger does.
 */

/** Where the ledger stands towards a pause. */
export type PauseState =
  | { readonly kind: "open" }
  | { readonly kind: "paused"; readonly until: number }
  | { readonly kind: "probing"; readonly underWay: boolean };

/** Judges the pause as of now. */
export function pauseState(book: Book): PauseState {
  const until = numberIn(book, "state", "pausedUntil");
  if (until === 0) return { kind: "open" };
  if (book.now < until) return { kind: "paused", until };
  return { kind: "probing", underWay: probe(book) !== "" };
}

/** Begins or lengthens a pause; what was granted and not yet taken goes back into the line. */
export function beginPause(book: Book, report: PauseReport): number {
  if (report.ordered === true) return orderPause(book, report.forMs ?? 0);
  const until = numberIn(book, "state", "pausedUntil");
  if (isNews(book, report.ticket)) {
    const quietFor = book.now - Math.max(until, numberIn(book, "state", "pausedAt"));
    const backOff = quietFor > longestSpan(book.terms) ? 0 : numberIn(book, "state", "backOff");
    setNumber(book, "state", { field: "backOff", to: backOff + 1 });
    setNumber(book, "state", { field: "pausedAt", to: book.now });
  }
  const doublings = Math.min(30, Math.max(0, numberIn(book, "state", "backOff") - 1));
  const asked = report.forMs ?? book.terms.firstPauseMs * 2 ** doublings;
  const bounded = micros(Math.min(asked, book.terms.maxPauseMs));
  const pausedUntil = Math.max(until, book.now + bounded);
  setNumber(book, "state", { field: "pausedUntil", to: pausedUntil });
  if (probe(book) === report.ticket) setProbe(book, "");
  takeBackAssigned(book);
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

/** The probe was answered: on at the pace, unless another call has begun a new pause meanwhile. */
export function endPause(book: Book): void {
  if (book.now < numberIn(book, "state", "pausedUntil")) {
    setProbe(book, "");
    return;
  }
  setNumber(book, "state", { field: "pausedUntil", to: 0 });
  setProbe(book, "");
  endCredit(book, book.now + longestSpan(book.terms));
  setNumber(book, "state", { field: "paceAt", to: book.now + pacePerUnit(book.terms) });
}

/** The ticket that probes, `""` where none does. */
export function probe(book: Book): string {
  return book.tables.read("state", "probe") ?? "";
}

/** Makes a ticket the probe. */
export function setProbe(book: Book, ticket: string): void {
  book.tables.write("state", "probe", ticket);
}

/** A 429 to a call that left before the last pause began says nothing new. */
function isNews(book: Book, ticket: string): boolean {
  const pausedAt = numberIn(book, "state", "pausedAt");
  const text = book.tables.read("forward", ticket);
  if (pausedAt === 0 || text === undefined) return pausedAt === 0;
  const stamp = stampOf(book, ticket, unpack(text));
  return stamp !== undefined && stamp > pausedAt;
}
