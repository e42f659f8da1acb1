import { add, numberIn, unpack, type Book, type TicketRecord } from "./book.ts";
import { policyHash } from "./inner.ts";
import { passesOf } from "./passes.ts";

/*
 * A consumer's tickets, by what they are under, so that one blocked route never holds up its consumer's other work.
 *
 *   lane:<consumer>         set   <ticket> -> arrival + urgency: those under no policy
 *   under:<set>|<consumer>  set   the same for those under a set of policies, named `a,b`
 *   lanes:<consumer>        hash  <set> -> units that wait in it; only sets in which something waits
 *   due:<policy>            hash  <consumer> -> units of it that wait under the policy; read by outlooks only
 */

/** The first ticket of some lanes. */
export interface Head {
  readonly ticket: string;
  readonly order: number;
}

/** The set in which tickets under these policies stand. */
export function laneOf(consumer: string, set: string): string {
  return set === "" ? `lane:${consumer}` : `under:${set}|${consumer}`;
}

/** Puts a ticket into its lane. */
export function enterLane(book: Book, ticket: string, at: { record: TicketRecord; order: number }) {
  const { consumer, policies } = at.record;
  const set = policies.join(",");
  book.tables.place(laneOf(consumer, set), ticket, at.order);
  if (set !== "") countDue(book, at.record, at.record.cost);
}

/** Takes a ticket out of its lane. */
export function leaveLane(book: Book, ticket: string, record: TicketRecord): void {
  const set = record.policies.join(",");
  const lane = laneOf(record.consumer, set);
  book.tables.displace(lane, ticket);
  if (set === "") return;
  countDue(book, record, -record.cost);
  if (book.tables.size(lane) === 0) book.tables.erase(`lanes:${record.consumer}`, set);
}

/** The policies that a consumer's waiting tickets are under, each once. */
export function policiesOf(book: Book, consumer: string): readonly string[] {
  const sets = book.tables.entries(`lanes:${consumer}`);
  return [...new Set(sets.flatMap(([set]) => set.split(",")))];
}

/** The consumer's first ticket that waits for no policy; `undefined` where all do. */
export function headOf(book: Book, consumer: string): Head | undefined {
  const sets = book.tables.entries(`lanes:${consumer}`).map(([set]) => set);
  const open = sets.filter((set) => isOpen(book, consumer, waitsFor(book, consumer, set)));
  return firstOf(book, consumer, ["", ...open]);
}

/** Its first ticket that waits for this policy and for no other. */
export function headAt(book: Book, consumer: string, policy: string): Head | undefined {
  const sets = book.tables.entries(`lanes:${consumer}`).map(([set]) => set);
  const open = sets.filter((set) => {
    const policies = waitsFor(book, consumer, set);
    const others = policies.filter((other) => other !== policy);
    return policies.includes(policy) && isOpen(book, consumer, others);
  });
  return firstOf(book, consumer, open);
}

/** The policies of a set that the first ticket in its lane has yet to pass. */
function waitsFor(book: Book, consumer: string, set: string): readonly string[] {
  const [head] = book.tables.first(laneOf(consumer, set), 1);
  const passes = head === undefined ? [] : passesOf(book, head.member);
  return set.split(",").filter((policy) => !passes.includes(policy));
}

/** True where something of the consumer waits for no policy. */
export function hasOpenLane(book: Book, consumer: string): boolean {
  return book.tables.size(`lane:${consumer}`) > 0 || headOf(book, consumer) !== undefined;
}

/** True where a consumer waits for none of the policies, or is called at those for which it does. */
function isOpen(book: Book, consumer: string, policies: readonly string[]): boolean {
  return policies.every(
    (policy) =>
      book.tables.score(`asleep:${policy}`, consumer) === undefined ||
      book.tables.read(policyHash(policy), "called") === consumer,
  );
}

/** True where a consumer is asleep, called or not, at one of some policies. */
export function isAsleep(book: Book, consumer: string, policies: readonly string[]): boolean {
  return policies.some((policy) => book.tables.score(`asleep:${policy}`, consumer) !== undefined);
}

/** What is known of a ticket that stands in a lane. */
export function recordOf(book: Book, { ticket }: Head): TicketRecord {
  const text = book.tables.read("tickets", ticket);
  if (text === undefined) throw new Error("A ticket that nothing is known of stands in a lane");
  return unpack(text);
}

/** Equal orders go by the lanes' names. */
function firstOf(book: Book, consumer: string, sets: readonly string[]): Head | undefined {
  let least: Head | undefined;
  for (const set of sets) {
    const [head] = book.tables.first(laneOf(consumer, set), 1);
    if (head === undefined || (least !== undefined && head.score >= least.order)) continue;
    least = { ticket: head.member, order: head.score };
  }
  return least;
}

function countDue(book: Book, { consumer, policies }: TicketRecord, by: number): void {
  add(book, `lanes:${consumer}`, { field: policies.join(","), by });
  for (const policy of policies) {
    const left = numberIn(book, `due:${policy}`, consumer) + by;
    if (left > 0) book.tables.write(`due:${policy}`, consumer, String(left));
    else book.tables.erase(`due:${policy}`, consumer);
  }
}
