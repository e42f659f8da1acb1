import { numberIn, unpack, type Book } from "./book.ts";
import { rise, standInRing, type Candidate } from "./asleep.ts";
import { policiesOf } from "./lanes.ts";
import { dropPasses } from "./passes.ts";

/*
 * Who may take a further place among the forwards. The windows bound how often a consumer sends, not for how long a
 * forward lasts: a slow upload, or an answer that nobody reads, keeps its place until the upstream's time-outs end it, at
 * the cost of one unit. So the last free place is not for whoever holds its share already, nor for one alone that would
 * then hold them all. What somebody holds is not taken away.
 *
 *   crowded  set  <consumer> -> since when: it may take no further place, and is out of the ring until it may
 *
 * Places are counted only where they are scarce, from what is under way: nothing is kept that could come to differ from it.
 */

/** Whoever asked for something so long ago, in microseconds, may come again at any time. */
const LATELY = 600_000_000;

/** What decides whether a consumer may take a place that is free. */
export interface Crowd {
  readonly concurrency: number;
  /** Places that are taken, and those of them that the consumer holds. */
  readonly underWay: number;
  readonly held: number;
  /** Its weight over that of all who wait, from 0 to 1. */
  readonly fraction: number;
  /** Others whose turn may come now; others who asked for something lately. */
  readonly othersWait: boolean;
  readonly othersKnown: boolean;
}

/**
 * True where a consumer may take one of the places that are free. One that holds none always may, and whoever is alone. The
 * share is rounded up, so that no place stays empty between those who wait.
 */
export function mayTakePlace(crowd: Crowd): boolean {
  const { concurrency, underWay, held, fraction, othersWait, othersKnown } = crowd;
  if (held === 0 || concurrency - underWay > 1) return true;
  if (!othersWait && !othersKnown) return true;
  return held + 1 < concurrency && (!othersWait || held < concurrency * fraction);
}

/** True where a consumer's next forward would take a place that is to be left to others. */
export function lacksPlace(
  book: Book,
  consumer: string,
  held?: ReadonlyMap<string, number>,
): boolean {
  const { concurrency } = book.terms;
  const underWay = book.tables.size("underWay");
  if (concurrency - underWay > 1) return false;
  const isInRing = book.tables.score("ring", consumer) !== undefined;
  const weights = numberIn(book, "state", "weight");
  return !mayTakePlace({
    concurrency,
    underWay,
    held: (held ?? heldPlaces(book)).get(consumer) ?? 0,
    fraction: weights > 0 ? numberIn(book, `consumer:${consumer}`, "weight") / weights : 1,
    othersWait: book.tables.size("ring") > (isInRing ? 1 : 0),
    othersKnown: knowsOthers(book, consumer),
  });
}

/** A consumer leaves the ring until it may take a place; it holds up nobody at the policies that its tickets are under. */
export function standAside(book: Book, candidate: Candidate): void {
  const { consumer, ticket } = candidate;
  dropPasses(book, ticket, candidate);
  for (const policy of policiesOf(book, consumer)) {
    if (book.tables.score(`asleep:${policy}`, consumer) !== undefined) rise(book, consumer, policy);
  }
  book.tables.place("crowded", consumer, book.now);
  standInRing(book, consumer);
}

/** Those who stood aside and may take a place by now have their turns again. Whatever they missed is not made good. */
export function callCrowded(book: Book): void {
  const crowded = book.tables.first("crowded", book.tables.size("crowded"));
  if (crowded.length === 0) return;
  const held = heldPlaces(book);
  for (const { member: consumer } of crowded) {
    if (lacksPlace(book, consumer, held)) continue;
    book.tables.displace("crowded", consumer);
    standInRing(book, consumer);
  }
}

function heldPlaces(book: Book): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  for (const { member: ticket } of book.tables.first("underWay", book.tables.size("underWay"))) {
    const text = book.tables.read("forward", ticket);
    if (text === undefined) continue;
    const { consumer } = unpack(text);
    held.set(consumer, (held.get(consumer) ?? 0) + 1);
  }
  return held;
}

/** True where somebody else waits, or had something waiting lately. */
function knowsOthers(book: Book, consumer: string): boolean {
  return book.tables.entries("joined").some(([other]) => {
    if (other === consumer) return false;
    if (numberIn(book, `consumer:${other}`, "waiting") > 0) return true;
    const idleFrom = book.tables.read(`consumer:${other}`, "idleFrom");
    return idleFrom !== undefined && book.now - Number(idleFrom) <= LATELY;
  });
}
