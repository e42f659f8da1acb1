import { LEASE, micros, numberIn, pack, setNumber, unpack, type Book } from "./book.ts";
import { giveBack, takeBackAssigned } from "./assigned.ts";
import { unprobe } from "./asleep.ts";
import { define, isDefined } from "./inner.ts";
import { dequeue, join } from "./queue.ts";
import { apartAfter, longestSpan, spend } from "./windows.ts";
import type { Departure, Everything, TurnReport } from "../ports/ledger.ts";

/*
 * Which processes there are, and what becomes of the ledger when it, or one of them, is lost.
 *
 *   processes  set   <process> -> end of its lease
 *   sequence   hash  <process> -> number of its last turn
 *   state      hash  memory (identity of the store's memory)  recoverUntil  recoverFrom  turnedAt
 *   expected   hash  <process> -> "": heard of, to be waited for
 *   recovered  hash  <process> -> "": has handed in everything since
 */

/**
 * Notices that the store has lost or replaced its memory (restart, flush, fail-over to a lagging
 * replica), or was away: nothing is granted until every process heard of has handed in what it sent. One that stays
 * away may have sent a whole window's worth, so a whole window is waited out for it.
 */
export function checkMemory(book: Book, memory: string): void {
  const away = wasAway(book);
  if (book.tables.read("state", "memory") === memory && !away) return;
  book.tables.write("state", "memory", memory);
  setNumber(book, "state", { field: "recoverFrom", to: book.now });
  setNumber(book, "state", { field: "recoverUntil", to: book.now + LEASE });
  for (const [process] of book.tables.entries("recovered")) book.tables.erase("recovered", process);
  for (const { member } of book.tables.first("processes", book.tables.size("processes"))) {
    book.tables.write("expected", member, "");
  }
  takeBackAssigned(book);
}

/**
 * True where nobody has turned for about as long as after which processes go by their own parts: then the store was out of
 * reach of all, and they may have sent what it does not know. A lease less, since not all lose it in the same instant.
 */
function wasAway(book: Book): boolean {
  if (book.terms.apart !== true) return false;
  const turnedAt = numberIn(book, "state", "turnedAt");
  setNumber(book, "state", { field: "turnedAt", to: book.now });
  return turnedAt > 0 && book.now - turnedAt > apartAfter(book.terms) - LEASE;
}

/** The instant until which nothing is granted because of lost memory; 0 where none is lost. */
export function recovering(book: Book): number {
  const until = numberIn(book, "state", "recoverUntil");
  if (until === 0 || book.now < until) return until;
  const from = numberIn(book, "state", "recoverFrom");
  const missing = book.tables
    .entries("expected")
    .some(([process]) => book.tables.read("recovered", process) === undefined);
  const wholeWindow = from + longestSpan(book.terms);
  if (missing && book.now < wholeWindow) return wholeWindow;
  setNumber(book, "state", { field: "recoverUntil", to: 0 });
  for (const [process] of book.tables.entries("expected")) book.tables.erase("expected", process);
  return 0;
}

/** Renews a process's lease. False: the ledger does not know it and needs everything first; or the report came late. */
export function admit(book: Book, report: TurnReport): "known" | "unknown" | "late" {
  const last = book.tables.read("sequence", report.process);
  if (last !== undefined && report.sequence <= Number(last)) return "late";
  const recovers =
    numberIn(book, "state", "recoverUntil") > 0 &&
    book.tables.read("recovered", report.process) === undefined;
  if ((last === undefined || recovers) && report.everything === undefined) return "unknown";
  book.tables.write("sequence", report.process, String(report.sequence));
  book.tables.place("processes", report.process, book.now + LEASE);
  return "known";
}

/**
 * Drops processes whose lease ran out: their tickets leave, their unclaimed units are free, the rest stays
 * spent. A forward that nobody ever reported ended gives up its place.
 */
export function dropDead(book: Book): void {
  for (const { member } of book.tables.upTo("underWay", book.now, 100)) {
    book.tables.displace("underWay", member);
    unprobe(book, member);
  }
  for (const { member } of book.tables.upTo("processes", book.now, 100)) dropProcess(book, member);
}

/** Forgets a process. Its forwards died with it, or will; their units stay spent. */
export function dropProcess(book: Book, process: string): void {
  for (const [ticket] of book.tables.entries(`mine:${process}`)) dequeue(book, ticket);
  for (const [ticket] of book.tables.entries(`assigned:${process}`)) {
    book.tables.erase(`assigned:${process}`, ticket);
    giveBack(book, ticket);
    unprobe(book, ticket);
  }
  for (const [ticket, text] of book.tables.entries("forward")) {
    if (unpack(text).process !== process) continue;
    book.tables.displace("underWay", ticket);
    unprobe(book, ticket);
  }
  book.tables.displace("processes", process);
  book.tables.erase("sequence", process);
}

/** Makes the ledger and one process agree: the process is right about what left, the ledger about when. */
export function reconcile(book: Book, process: string, everything: Everything): void {
  const waiting = new Set(everything.waiting.map(({ ticket }) => ticket));
  for (const [ticket] of book.tables.entries(`mine:${process}`)) {
    if (!waiting.has(ticket)) dequeue(book, ticket);
  }
  takeBackUnknown(book, process, new Set(everything.departed.map(({ ticket }) => ticket)));
  for (const unit of everything.departed) countDeparture(book, process, unit);
  for (const ticket of everything.waiting) join(book, process, ticket);
  book.tables.write("recovered", process, "");
  if (numberIn(book, "state", "recoverUntil") === 0) return;
  for (const peer of everything.peers) book.tables.write("expected", peer, "");
}

/** What was granted in a reply that the process never saw has not left. */
function takeBackUnknown(book: Book, process: string, departed: ReadonlySet<string>): void {
  for (const [ticket, text] of book.tables.entries("forward")) {
    if (unpack(text).process !== process || departed.has(ticket)) continue;
    book.tables.erase(`assigned:${process}`, ticket);
    giveBack(book, ticket);
    unprobe(book, ticket);
  }
}

function countDeparture(book: Book, process: string, unit: Departure): void {
  const { cost, consumer, policies = [] } = unit;
  // Those who wait tell the definition better.
  define(
    book,
    policies.filter(({ name }) => !isDefined(book, name)),
  );
  const record = { cost, process, consumer, policies: policies.map(({ name }) => name).toSorted() };
  spend(book, unit.ticket, { record, stamp: book.now - micros(unit.agoMs) });
  if (!unit.underWay) return;
  book.tables.write("forward", unit.ticket, pack(record));
  book.tables.place("underWay", unit.ticket, book.now + micros(book.terms.forwardMs));
}
