import {
  add,
  micros,
  numberIn,
  pack,
  setNumber,
  unpack,
  URGENCY,
  type Book,
  type TicketRecord,
} from "./book.ts";
import { settle, standInRing } from "./asleep.ts";
import { define } from "./inner.ts";
import { enterLane, leaveLane } from "./lanes.ts";
import { dropPasses } from "./passes.ts";
import { longestSpan, shareLeft } from "./windows.ts";
import type { Join } from "../ports/ledger.ts";

/*
 * Who waits. Consumers stand in a ring by their start tag S (start-time fair queueing: the next turn is
 * the least S; serving cost c moves S on by c / weight). Within a consumer, tickets stand by arrival plus
 * urgency, in lanes by the policies that they are under (lanes, asleep).
 *
 *   tickets            hash  <ticket> -> record
 *   mine:<process>     hash  <ticket> -> ""
 *   consumer:<name>    hash  weight start finish credit waiting units (that wait) idleFrom asleepFrom
 *   joined             hash  <consumer> -> units that it asked for, ever; read by outlooks only
 *   joined:<policy>    hash  the same under a policy
 *   ring, creditRing   set   <consumer> -> S: those who wait and are not asleep; those of them with credit
 *   state              hash  virtual, weight (of all who wait), waiting (tickets), rampUntil lapsedAt
 *
 * Credit is what a consumer may send ahead of the pace. It is earned by not asking: a whole share after
 * a whole window of silence, in proportion before. A consumer that merely emptied its line for a
 * moment earns nothing, and what is left of credit lapses where the windows are full (the others have
 * used that share meanwhile): so a closed loop settles into the pace and does not repeat its first burst.
 */

/** Lets a ticket in, or says why not. One that the ledger knows already stays as it is. */
export function join(book: Book, process: string, ticket: Join): "queue-full" | "cost" | undefined {
  if (book.tables.read("tickets", ticket.ticket) !== undefined) return undefined;
  if (book.tables.read("forward", ticket.ticket) !== undefined) return undefined;
  const limits = [...book.terms.quotas, ...(ticket.policies ?? [])];
  if (limits.some(({ limit }) => ticket.cost > limit)) return "cost";
  if (!ticket.returning && numberIn(book, "state", "waiting") >= book.terms.maxWaiting)
    return "queue-full";
  setWeight(book, ticket.consumer, ticket.weight);
  if (!ticket.returning) add(book, "joined", { field: ticket.consumer, by: ticket.cost });
  const order = book.now - micros(ticket.waitedMs) + ticket.urgency * URGENCY;
  const { cost, consumer } = ticket;
  const policies = define(book, ticket.policies);
  if (!ticket.returning) {
    for (const policy of policies) add(book, `joined:${policy}`, { field: consumer, by: cost });
  }
  enqueue(book, ticket.ticket, { record: { cost, process, consumer, policies }, order });
  return undefined;
}

/** Puts a ticket into its consumer's lane; the consumer enters the ring where it had nothing waiting. */
export function enqueue(
  book: Book,
  ticket: string,
  at: { record: TicketRecord; order: number },
): void {
  const { consumer, process } = at.record;
  book.tables.write("tickets", ticket, pack(at.record));
  book.tables.write(`mine:${process}`, ticket, "");
  enterLane(book, ticket, at);
  add(book, "state", { field: "waiting", by: 1 });
  add(book, `consumer:${consumer}`, { field: "units", by: at.record.cost });
  if (add(book, `consumer:${consumer}`, { field: "waiting", by: 1 }) === 1)
    enterRing(book, consumer);
  settleUnder(book, at.record);
}

/** Takes a waiting ticket out; `undefined` where it does not wait. */
export function dequeue(book: Book, ticket: string): TicketRecord | undefined {
  const text = book.tables.read("tickets", ticket);
  if (text === undefined) return undefined;
  const record = unpack(text);
  book.tables.erase("tickets", ticket);
  book.tables.erase(`mine:${record.process}`, ticket);
  dropPasses(book, ticket, record);
  leaveLane(book, ticket, record);
  add(book, "state", { field: "waiting", by: -1 });
  add(book, `consumer:${record.consumer}`, { field: "units", by: -record.cost });
  const left = add(book, `consumer:${record.consumer}`, { field: "waiting", by: -1 });
  if (left === 0) leaveRing(book, record.consumer);
  settleUnder(book, record);
  return record;
}

/** Moves a consumer's start tag, and its place in the ring. */
export function setStart(book: Book, consumer: string, start: number): void {
  setNumber(book, `consumer:${consumer}`, { field: "start", to: start });
  if (!isInRing(book, consumer)) return;
  book.tables.place("ring", consumer, start);
  if (numberIn(book, `consumer:${consumer}`, "credit") > 0) {
    book.tables.place("creditRing", consumer, start);
  }
}

/** Sets what a consumer may send ahead of the pace. */
export function setCredit(book: Book, consumer: string, credit: number): void {
  const hash = `consumer:${consumer}`;
  setNumber(book, hash, { field: "credit", to: credit });
  if (credit > 0 && isInRing(book, consumer)) {
    book.tables.place("creditRing", consumer, numberIn(book, hash, "start"));
  } else {
    book.tables.displace("creditRing", consumer);
  }
}

/** Nobody has credit any more, and nobody earns any until `until`. */
export function endCredit(book: Book, until: number): void {
  setNumber(book, "state", { field: "rampUntil", to: until });
  lapseCredit(book);
}

/** Nobody who waits has credit any more; who idles from now on earns anew. One who is asleep learns it on waking. */
export function lapseCredit(book: Book): void {
  setNumber(book, "state", { field: "lapsedAt", to: book.now });
  for (const { member } of book.tables.first("creditRing", book.tables.size("creditRing"))) {
    setCredit(book, member, 0);
  }
}

/** A ticket has come or gone: whether its consumer sleeps, and where, may have changed. */
function settleUnder(book: Book, { consumer, policies }: TicketRecord): void {
  if (policies.length > 0) settle(book, consumer, policies);
  else standInRing(book, consumer);
}

function isInRing(book: Book, consumer: string): boolean {
  return book.tables.score("ring", consumer) !== undefined;
}

function setWeight(book: Book, consumer: string, weight: number): void {
  const hash = `consumer:${consumer}`;
  const before = numberIn(book, hash, "weight");
  if (before === weight) return;
  setNumber(book, hash, { field: "weight", to: weight });
  if (numberIn(book, hash, "waiting") > 0)
    add(book, "state", { field: "weight", by: weight - before });
}

function enterRing(book: Book, consumer: string): void {
  const hash = `consumer:${consumer}`;
  const weight = numberIn(book, hash, "weight");
  const weights = add(book, "state", { field: "weight", by: weight });
  const start = Math.max(numberIn(book, "state", "virtual"), numberIn(book, hash, "finish"));
  setNumber(book, hash, { field: "start", to: start });
  book.tables.place("ring", consumer, start);
  setCredit(book, consumer, earnedCredit(book, consumer, weight / weights));
}

/** What a consumer with nothing waiting may send ahead of the pace where it begins to wait now. */
export function earnedCredit(book: Book, consumer: string, fraction: number): number {
  const hash = `consumer:${consumer}`;
  if (book.now < numberIn(book, "state", "rampUntil")) return 0;
  const left = shareLeft(book, consumer, fraction);
  const idleFrom = book.tables.read(hash, "idleFrom");
  if (idleFrom === undefined) return left;
  const share = Math.min(...book.terms.quotas.map((quota) => quota.limit)) * fraction;
  const idle = book.now - Number(idleFrom);
  const earned = Math.floor((share * idle) / longestSpan(book.terms));
  return Math.max(0, Math.min(left, numberIn(book, hash, "credit") + earned));
}

function leaveRing(book: Book, consumer: string): void {
  const hash = `consumer:${consumer}`;
  book.tables.displace("ring", consumer);
  book.tables.displace("creditRing", consumer);
  setNumber(book, hash, { field: "idleFrom", to: book.now });
  if (numberIn(book, "state", "waiting") === 0)
    setNumber(book, "state", { field: "weight", to: 0 });
  else add(book, "state", { field: "weight", by: -numberIn(book, hash, "weight") });
}
