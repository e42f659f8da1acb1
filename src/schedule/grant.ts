import { numberIn, type Book } from "./book.ts";
import { assign, type Ground } from "./assigned.ts";
import { blockedAt, callDue, fallAsleep, nextCall, type Candidate } from "./asleep.ts";
import { headOf, recordOf } from "./lanes.ts";
import { pauseState, setProbe } from "./pauses.ts";
import { callCrowded, lacksPlace, standAside } from "./places.ts";
import { lapseCredit } from "./queue.ts";
import { roomAt } from "./windows.ts";

/** A turn serves at most this many, so that no turn is long. */
const SERVED_AT_ONCE = 64;

/** Until some other event: the poll at a quarter of the lease comes first. */
const NEVER = Number.POSITIVE_INFINITY;

/**
 * What is to happen next: a consumer is served, or falls asleep, or stands aside, or nobody until an instant (`full`: for
 * want of room).
 */
type Next =
  | { readonly serve: string; readonly ground: Ground; readonly probe: boolean }
  | { readonly rests: Candidate; readonly at: string }
  | { readonly crowded: Candidate }
  | { readonly wake: number; readonly full?: boolean };

/**
 * Serves whoever is due and reports the processes concerned, and when to come back.
 *
 * The order is start-time fair queueing (least S first), kept to an even pace: after idling, each
 * consumer's own share goes at once on credit; what is borrowed beyond it leaves one pace apart, so
 * that an exact window does not repeat one burst a minute with silence between. Where the least S
 * must wait for the pace, one that has credit goes by it without moving its tag (bypass).
 * Where the windows lack room for the one chosen, nobody else is served (units gather for a costly head)
 * and all credit lapses: it is a right to what is free, and nothing is.
 * Where a policy lacks room for it, it falls asleep there, and another has its turn.
 * Where it holds its share of the places, it stands aside from the last one (places).
 */
export function grant(book: Book): { wake: number; processes: ReadonlySet<string> } {
  const processes = new Set<string>();
  callCrowded(book);
  for (let served = 0; served < SERVED_AT_ONCE; served += 1) {
    callDue(book);
    const next = whoIsNext(book);
    if ("wake" in next) {
      if (next.full) lapseCredit(book);
      return { wake: Math.min(next.wake, nextCall(book)), processes };
    }
    if ("rests" in next) fallAsleep(book, next.rests, next.at);
    else if ("crowded" in next) standAside(book, next.crowded);
    else {
      noteProbes(book, firstOf(book, next.serve), next.probe);
      processes.add(assign(book, next.serve, next.ground));
      rest(book, next.serve);
    }
  }
  return { wake: book.now, processes };
}

/** Decides on the tables as they stand; changes nothing but that units run out. */
function whoIsNext(book: Book): Next {
  const pause = pauseState(book);
  if (pause.kind === "paused") return { wake: pause.until };
  if (pause.kind === "probing" && pause.underWay) return { wake: NEVER };
  const [least] = book.tables.first("ring", 1);
  if (least === undefined) return { wake: NEVER };
  if (book.tables.size("underWay") >= book.terms.concurrency) return { wake: NEVER };
  const choice = choose(book, least.member);
  if (choice === undefined) return { wake: numberIn(book, "state", "paceAt") };
  const record = firstOf(book, choice.serve);
  if (lacksPlace(book, choice.serve)) return { crowded: record };
  const at = blockedAt(book, record);
  if (at !== undefined) return { rests: record, at };
  const room = roomAt(book, record.cost);
  return room > book.now
    ? { wake: room, full: true }
    : { ...choice, probe: pause.kind === "probing" };
}

function choose(book: Book, least: string): { serve: string; ground: Ground } | undefined {
  if (book.now >= numberIn(book, "state", "paceAt")) return { serve: least, ground: "paced" };
  if (covers(book, least)) return { serve: least, ground: "credit" };
  const [credited] = book.tables.first("creditRing", 1);
  if (credited === undefined || !covers(book, credited.member)) return undefined;
  return { serve: credited.member, ground: "bypass" };
}

function covers(book: Book, consumer: string): boolean {
  return numberIn(book, `consumer:${consumer}`, "credit") >= firstOf(book, consumer).cost;
}

/** One that was served falls asleep at once where its next tickets must wait for policies: so its line is seen as it is. */
function rest(book: Book, consumer: string): void {
  for (let head = headOf(book, consumer); head; head = headOf(book, consumer)) {
    const candidate = { ...head, ...recordOf(book, head) };
    const at = blockedAt(book, candidate);
    if (at === undefined) return;
    fallAsleep(book, candidate, at);
  }
}

/** The ticket to be served probes for each pause that has run out. */
function noteProbes(book: Book, { ticket, policies }: Candidate, outer: boolean): void {
  if (outer) setProbe(book, ticket);
  for (const policy of policies) {
    if (pauseState(book, policy).kind === "probing") setProbe(book, ticket, policy);
  }
}

function firstOf(book: Book, consumer: string): Candidate {
  const head = headOf(book, consumer);
  if (head === undefined) throw new Error("A consumer without open lanes stands in the ring");
  return { ...head, ...recordOf(book, head) };
}
