import {
  add,
  micros,
  numberIn,
  pack,
  LEASE,
  setNumber,
  unpack,
  type Book,
  type TicketRecord,
} from "./book.ts";
import { serveInner, unprobe } from "./asleep.ts";
import { headOf, recordOf } from "./lanes.ts";
import { dequeue, enqueue, setCredit, setStart } from "./queue.ts";
import { pacePerUnit, refund, restamp, shareLeft, spend, stillCounts } from "./windows.ts";

/*
 * A unit's way: assigned (by whichever process had the turn), claimed (by the process that holds the
 * ticket, stamped anew), then ended or given back.
 *
 *   assigned:<process>  hash  <ticket> -> its order in the lane, for the way back
 *   forward             hash  <ticket> -> record, from assignment until its unit is forgotten
 *   underWay            set   <ticket> -> instant at which its concurrency is free in any case
 */

/** So many units, at most, are left out of the pace for those that went ahead of it. */
export const OWED = 3;

/** On what ground a ticket is served; see `grant`. */
export type Ground = "paced" | "credit" | "bypass";

/** Serves a consumer's first ticket that may go: its units are spent, its consumer's tags move on. */
export function assign(book: Book, consumer: string, ground: Ground): string {
  const head = headOf(book, consumer);
  if (head === undefined) throw new Error(`The lanes of a waiting consumer are empty`);
  const { ticket } = head;
  const record = recordOf(book, head);
  serveInner(book, { ...head, ...record });
  dequeue(book, ticket);
  spend(book, ticket, { record, stamp: book.now });
  book.tables.write("forward", ticket, pack(record));
  book.tables.place("underWay", ticket, book.now + LEASE);
  book.tables.write(`assigned:${record.process}`, ticket, String(head.order));
  const hash = `consumer:${consumer}`;
  if (ground !== "paced") setCredit(book, consumer, numberIn(book, hash, "credit") - record.cost);
  if (ground !== "bypass") {
    const start = numberIn(book, hash, "start");
    setNumber(book, "state", {
      field: "virtual",
      to: Math.max(numberIn(book, "state", "virtual"), start),
    });
    const finish = start + record.cost / numberIn(book, hash, "weight");
    setNumber(book, hash, { field: "finish", to: finish });
    setStart(book, consumer, finish);
  }
  if (ground === "paced") advancePace(book, record.cost);
  else owePace(book, record.cost);
  return record.process;
}

/**
 * Hands a process what it was assigned, stamped with this instant. Units that it let run out before it came
 * for them are others' already: their ticket goes back into its lane.
 */
export function claim(book: Book, process: string): string[] {
  const granted: string[] = [];
  for (const [ticket, order] of book.tables.entries(`assigned:${process}`)) {
    const text = book.tables.read("forward", ticket);
    book.tables.erase(`assigned:${process}`, ticket);
    if (text === undefined) continue;
    const record = unpack(text);
    if (stillCounts(book, ticket, record)) {
      restamp(book, ticket, record);
      book.tables.place("underWay", ticket, book.now + micros(book.terms.forwardMs));
      granted.push(ticket);
    } else {
      giveBack(book, ticket);
      enqueue(book, ticket, { record, order: Number(order) });
    }
  }
  return granted;
}

/**
 * Puts what is assigned (with a policy: under it) and not yet claimed back into the lanes: nobody knows of it, so it
 * never left.
 */
export function takeBackAssigned(book: Book, policy?: string): void {
  for (const { member: process } of book.tables.first("processes", book.tables.size("processes"))) {
    for (const [ticket, order] of book.tables.entries(`assigned:${process}`)) {
      const text = book.tables.read("forward", ticket);
      const record = text === undefined ? undefined : unpack(text);
      if (policy !== undefined && record?.policies.includes(policy) !== true) continue;
      book.tables.erase(`assigned:${process}`, ticket);
      giveBack(book, ticket);
      unprobe(book, ticket);
      if (record !== undefined) enqueue(book, ticket, { record, order: Number(order) });
    }
  }
}

/** Frees the units and the place of a granted ticket that never left. */
export function giveBack(book: Book, ticket: string): void {
  const text = book.tables.read("forward", ticket);
  if (text === undefined) return;
  const record = unpack(text);
  refund(book, ticket, record);
  land(book, ticket);
  add(book, "state", { field: "paceAt", by: -pacePerUnit(book.terms) * record.cost });
  giveCredit(book, record);
}

/** What never left may leave at once when it, or the next of its consumer, comes again: within its share, as before. */
function giveCredit(book: Book, { consumer, cost }: TicketRecord): void {
  const of = (field: string): number => numberIn(book, `consumer:${consumer}`, field);
  if (of("weight") === 0 || book.now < numberIn(book, "state", "rampUntil")) return;
  const others = numberIn(book, "state", "weight") - (of("waiting") > 0 ? of("weight") : 0);
  const left = shareLeft(book, consumer, of("weight") / (others + of("weight")));
  setCredit(book, consumer, Math.max(of("credit"), Math.min(of("credit") + cost, left)));
}

/** Frees the place of a granted ticket; its units stay spent. */
export function land(book: Book, ticket: string): void {
  book.tables.displace("underWay", ticket);
  book.tables.erase("forward", ticket);
}

/**
 * What leaves ahead of the pace is made good by it: otherwise it takes a unit that somebody would have had later
 * in the window, and the silence that it leaves there comes again in every window. Up to a few units only, or a
 * burst after idling would be followed by a silence of its own.
 */
function owePace(book: Book, cost: number): void {
  const pace = pacePerUnit(book.terms);
  const paceAt = numberIn(book, "state", "paceAt");
  const owed = Math.max(paceAt, book.now - 2 * pace) + pace * cost;
  const most = Math.max(paceAt, book.now + OWED * pace);
  setNumber(book, "state", { field: "paceAt", to: Math.min(owed, most) });
}

/** The pace may run late by two units and catch up; more would be a burst. */
function advancePace(book: Book, cost: number): void {
  const pace = pacePerUnit(book.terms);
  const from = Math.max(numberIn(book, "state", "paceAt"), book.now - 2 * pace);
  setNumber(book, "state", { field: "paceAt", to: from + pace * cost });
}
