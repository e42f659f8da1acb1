import { add, micros, numberIn, setNumber, type Book } from "./book.ts";
import type { Policy } from "../ports/ledger.ts";

/*
 * The inner quotas, "policies": each has a rolling log as an upstream's quota has, and a pace of its own, since an
 * exact log alone would repeat its first burst in every window.
 *
 *   policies       hash  <policy> -> "": each that a ticket was ever under
 *   policy:<name>  hash  limit  span (microseconds)  used  paceAt  virtual  rampUntil  called; its pause, see pauses
 *   inner:<name>   set   <ticket>|<record> -> stamp
 *   asleep:<name>  set   <consumer> -> its start tag there: those who wait for this policy; see asleep
 *   finish:<name>  hash  <consumer> -> its finish tag there
 *   sleepers       set   <policy> -> the instant at which to look at those asleep there again
 *
 * `paceAt` may lie a whole span behind now: what a policy did not use while nobody was asleep at it may leave at once,
 * as far as the log has room. While somebody is asleep there, and for a span after a pause, it may run late by two units.
 */

/** No call takes longer than this many expiries; the rest fall in the next. */
const EXPIRIES = 1000;

/** The hash of a policy. */
export function policyHash(policy: string): string {
  return `policy:${policy}`;
}

/** Notes policies as a ticket has them, the latest definition for all; the names are returned, sorted. */
export function define(book: Book, policies: readonly Policy[] = []): readonly string[] {
  for (const policy of policies) {
    const hash = policyHash(policy.name);
    const span = micros(policy.windowMs + policy.padMs);
    const known = isDefined(book, policy.name);
    const [limit, spanBefore] = [numberIn(book, hash, "limit"), numberIn(book, hash, "span")];
    if (known && limit === policy.limit && spanBefore === span) continue;
    book.tables.write("policies", policy.name, "");
    setNumber(book, hash, { field: "limit", to: policy.limit });
    setNumber(book, hash, { field: "span", to: span });
    if (!known) setNumber(book, hash, { field: "paceAt", to: book.now - span });
    lookAgain(book, policy.name);
  }
  return policies.map(({ name }) => name).toSorted();
}

/** True where a ticket has told of the policy. */
export function isDefined(book: Book, policy: string): boolean {
  return book.tables.read("policies", policy) !== undefined;
}

/** How long a unit counts against a policy, in microseconds; 0 where it is not known. */
export function innerSpan(book: Book, policy: string): number {
  return numberIn(book, policyHash(policy), "span");
}

/** Microseconds a unit at full, even use of a policy. */
export function innerPace(book: Book, policy: string): number {
  return innerSpan(book, policy) / numberIn(book, policyHash(policy), "limit");
}

/** Lets go of units that a policy counts no more. */
export function expireInner(book: Book, policy: string): void {
  const gone = book.tables.upTo(innerLog(policy), book.now - innerSpan(book, policy), EXPIRIES);
  for (const { member } of gone) dropInner(book, policy, member);
}

/** Counts a unit against a policy, unless it is counted already or would count no more. */
export function countInner(
  book: Book,
  policy: string,
  { member, stamp }: { member: string; stamp: number },
): void {
  if (innerStamp(book, policy, member) !== undefined) return;
  if (stamp <= book.now - innerSpan(book, policy)) return;
  book.tables.place(innerLog(policy), member, stamp);
  add(book, policyHash(policy), { field: "used", by: costOf(member) });
}

/** When a unit was stamped; `undefined` where the policy does not count it. */
export function innerStamp(book: Book, policy: string, member: string): number | undefined {
  return book.tables.score(innerLog(policy), member);
}

/** Moves a unit that is counted to now. */
export function restampInner(book: Book, policy: string, member: string): void {
  book.tables.place(innerLog(policy), member, book.now);
}

/** Takes a unit that never left out of a policy: its room and its pace are free again. */
export function refundInner(book: Book, policy: string, member: string): void {
  if (!dropInner(book, policy, member)) return;
  const by = -innerPace(book, policy) * costOf(member);
  add(book, policyHash(policy), { field: "paceAt", by });
  lookAgain(book, policy);
}

/**
 * The instant at which the policy's log and pace let `cost` go. What came in before the limit fell below its cost goes
 * alone, as it does at the upstream's quotas: never beside other units, and so that nobody waits behind it for ever.
 */
export function innerRoomAt(book: Book, policy: string, cost: number): number {
  expireInner(book, policy);
  const hash = policyHash(policy);
  const limit = numberIn(book, hash, "limit");
  const paceAt = numberIn(book, hash, "paceAt");
  const short = numberIn(book, hash, "used") + Math.min(cost, limit) - limit;
  return short > 0 ? Math.max(paceAt, book.now + 1, freedAt(book, policy, short)) : paceAt;
}

/** What a policy may still catch up on of the pace that it did not use. */
export function settlePace(book: Book, policy: string): void {
  const hash = policyHash(policy);
  const waits = book.tables.size(`asleep:${policy}`) > 0;
  const ramps = book.now < numberIn(book, hash, "rampUntil");
  const late = waits || ramps ? 2 * innerPace(book, policy) : innerSpan(book, policy);
  const paceAt = Math.max(numberIn(book, hash, "paceAt"), book.now - late);
  setNumber(book, hash, { field: "paceAt", to: paceAt });
}

/** A unit leaves: the pace moves on. */
export function advanceInner(book: Book, policy: string, cost: number): void {
  settlePace(book, policy);
  add(book, policyHash(policy), { field: "paceAt", by: innerPace(book, policy) * cost });
}

/** Something about a policy has changed: those asleep there are looked at again before the next is served. */
export function lookAgain(book: Book, policy: string): void {
  if (book.tables.size(`asleep:${policy}`) > 0) book.tables.place("sleepers", policy, book.now);
  else book.tables.displace("sleepers", policy);
}

/** The set that holds what a policy counts. */
export function innerLog(policy: string): string {
  return `inner:${policy}`;
}

function dropInner(book: Book, policy: string, member: string): boolean {
  if (!book.tables.displace(innerLog(policy), member)) return false;
  add(book, policyHash(policy), { field: "used", by: -costOf(member) });
  return true;
}

function freedAt(book: Book, policy: string, short: number): number {
  let freed = 0;
  for (const { member, score } of book.tables.first(innerLog(policy), short)) {
    freed += costOf(member);
    if (freed >= short) return score + innerSpan(book, policy);
  }
  return book.now;
}

function costOf(member: string): number {
  return Number(member.split("|")[1] ?? 0);
}
