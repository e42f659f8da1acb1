import { numberIn, setNumber, type Book, type TicketRecord } from "./book.ts";
import { advanceInner, innerRoomAt, lookAgain, policyHash, settlePace } from "./inner.ts";
import { hasOpenLane, headAt, policiesOf, recordOf, type Head } from "./lanes.ts";
import { dropPasses, holdsNoMore, keepPass, passesOf, usePasses } from "./passes.ts";
import { pauseState, probesFor, setProbe } from "./pauses.ts";

/*
 * Where the ticket of the consumer whose turn it is finds a policy without room, its consumer falls asleep at that
 * policy: its lanes under the policy are closed, its next open one has its turn, and it leaves the ring where none is
 * left. Those asleep at a policy stand by a start tag of their own there (start-time fair queueing again: serving cost c
 * moves the finish tag there on by c / weight), so that a policy is shared by weight, and units gather for a costly head
 * inside the policy only. The first of them is called once the policy has room: its lanes are open, it has its turn in
 * the ring, and nobody who stands behind it at the policy goes before it. One is called at a time.
 *
 * A consumer is asleep at a policy only while some ticket of it waits for that policy and no other.
 */

/** So many policies are looked at in one pass. */
const LOOKS = 64;

/** A ticket that stands first. */
export type Candidate = Head & TicketRecord;

/** The first policy that does not let a ticket of a consumer go now; `undefined` where all do. */
export function blockedAt(book: Book, candidate: Candidate): string | undefined {
  const { consumer, policies, cost, ticket } = candidate;
  const passes = passesOf(book, ticket);
  return policies.find((policy) => {
    if (passes.includes(policy)) return isHeld(book, policy) || !holdsNoMore(book, policy, cost);
    const [first] = book.tables.first(`asleep:${policy}`, 1);
    const behind = first !== undefined && first.member !== consumer;
    if (behind && first.score <= tagAt(book, policy, consumer)) return true;
    return readyAt(book, policy, cost) > book.now;
  });
}

/** A consumer waits for a policy, with a ticket that stands first and passes those before it. */
export function fallAsleep(book: Book, candidate: Candidate, policy: string): void {
  const { consumer, ticket } = candidate;
  if (passesOf(book, ticket).includes(policy)) dropPasses(book, ticket, candidate);
  else if (!isHeld(book, policy)) pass(book, candidate, policy);
  const tag = tagAt(book, policy, consumer);
  book.tables.place(`asleep:${policy}`, consumer, tag);
  uncall(book, consumer, policy);
  settle(book, consumer, [policy]);
}

/** Calls the first of those asleep at each policy that has room by now. */
export function callDue(book: Book): void {
  for (const { member: policy } of book.tables.upTo("sleepers", book.now, LOOKS)) {
    book.tables.displace("sleepers", policy);
    const [first] = book.tables.first(`asleep:${policy}`, 1);
    if (first === undefined || book.tables.read(policyHash(policy), "called")) continue;
    const head = headAt(book, first.member, policy);
    const ready = head ? readyAt(book, policy, recordOf(book, head).cost) : book.now;
    if (ready <= book.now) {
      book.tables.write(policyHash(policy), "called", first.member);
      standInRing(book, first.member);
    } else if (Number.isFinite(ready)) book.tables.place("sleepers", policy, ready);
  }
}

/** When somebody may be called next. */
export function nextCall(book: Book): number {
  return book.tables.first("sleepers", 1)[0]?.score ?? Number.POSITIVE_INFINITY;
}

/** A ticket is served: at each of its policies its consumer's tags, and the pace, move on. */
export function serveInner(book: Book, candidate: Candidate): void {
  const passed = usePasses(book, candidate.ticket, candidate);
  for (const policy of candidate.policies) {
    if (!passed.includes(policy)) moveOn(book, candidate, policy);
  }
}

/** A ticket passes the policies that stand before one, which it has to wait for. */
function pass(book: Book, candidate: Candidate, before: string): void {
  const { policies, ticket, cost } = candidate;
  for (const policy of policies.slice(0, policies.indexOf(before))) {
    if (passesOf(book, ticket).includes(policy)) continue;
    moveOn(book, candidate, policy);
    keepPass(book, ticket, { policy, cost });
  }
}

function moveOn(book: Book, { consumer, cost }: TicketRecord, policy: string): void {
  const hash = policyHash(policy);
  const tag = tagAt(book, policy, consumer);
  const virtual = Math.max(numberIn(book, hash, "virtual"), tag);
  setNumber(book, hash, { field: "virtual", to: virtual });
  const finish = tag + cost / numberIn(book, `consumer:${consumer}`, "weight");
  setNumber(book, `finish:${policy}`, { field: consumer, to: finish });
  advanceInner(book, policy, cost);
  rise(book, consumer, policy);
}

/** True while a pause lets nothing pass. */
function isHeld(book: Book, policy: string): boolean {
  const pause = pauseState(book, policy);
  return pause.kind === "paused" || (pause.kind === "probing" && pause.underWay);
}

/** Makes sleep and ring agree with what waits; `touched`: policies beside those that its tickets are under. */
export function settle(book: Book, consumer: string, touched: readonly string[]): void {
  for (const policy of new Set([...policiesOf(book, consumer), ...touched])) {
    if (book.tables.score(`asleep:${policy}`, consumer) === undefined) continue;
    if (headAt(book, consumer, policy) === undefined) rise(book, consumer, policy);
    else lookAgain(book, policy);
  }
  standInRing(book, consumer);
}

/** A consumer stands in the ring while a lane of it is open. Whatever it missed while asleep is not made good. */
export function standInRing(book: Book, consumer: string): void {
  const hash = `consumer:${consumer}`;
  const open = hasOpenLane(book, consumer);
  if (open === (book.tables.score("ring", consumer) !== undefined)) return;
  if (!open) {
    book.tables.displace("ring", consumer);
    book.tables.displace("creditRing", consumer);
    setNumber(book, hash, { field: "asleepFrom", to: book.now });
    return;
  }
  const start = Math.max(numberIn(book, hash, "start"), numberIn(book, "state", "virtual"));
  setNumber(book, hash, { field: "start", to: start });
  book.tables.place("ring", consumer, start);
  const lapsed = numberIn(book, "state", "lapsedAt") >= numberIn(book, hash, "asleepFrom");
  if (lapsed) setNumber(book, hash, { field: "credit", to: 0 });
  if (numberIn(book, hash, "credit") > 0) book.tables.place("creditRing", consumer, start);
}

/** A ticket probes no more, of whatever it was the probe. */
export function unprobe(book: Book, ticket: string): void {
  for (const policy of probesFor(book, ticket)) {
    setProbe(book, "", policy);
    if (policy !== undefined) lookAgain(book, policy);
  }
}

/** The start tag of a consumer at a policy. */
export function tagAt(book: Book, policy: string, consumer: string): number {
  const asleep = book.tables.score(`asleep:${policy}`, consumer);
  if (asleep !== undefined) return asleep;
  const virtual = numberIn(book, policyHash(policy), "virtual");
  return Math.max(virtual, numberIn(book, `finish:${policy}`, consumer));
}

/** When a policy lets a ticket of such a cost go; now or before where it does. */
function readyAt(book: Book, policy: string, cost: number): number {
  const pause = pauseState(book, policy);
  if (pause.kind === "probing" && pause.underWay) return Number.POSITIVE_INFINITY;
  const room = innerRoomAt(book, policy, cost);
  return pause.kind === "paused" ? Math.max(pause.until, room) : room;
}

/** What the policy let pass while somebody waited for it is not made good to who comes next. */
function rise(book: Book, consumer: string, policy: string): void {
  settlePace(book, policy);
  book.tables.displace(`asleep:${policy}`, consumer);
  uncall(book, consumer, policy);
  lookAgain(book, policy);
}

function uncall(book: Book, consumer: string, policy: string): void {
  const hash = policyHash(policy);
  if (book.tables.read(hash, "called") === consumer) book.tables.erase(hash, "called");
}
