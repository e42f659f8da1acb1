import { LEASE, numberIn, setNumber, type Book, type LedgerTables } from "./book.ts";
import { claim, giveBack, land } from "./assigned.ts";
import { grant } from "./grant.ts";
import { admit, checkMemory, dropDead, dropProcess, reconcile, recovering } from "./membership.ts";
import { unprobe } from "./asleep.ts";
import { pauseState, probe } from "./pauses.ts";
import { beginPause, endPausesOf, policyPauses } from "./pausing.ts";
import { dequeue, join } from "./queue.ts";
import { adoptWindows, expire, standings } from "./windows.ts";
import type { LedgerTerms, PauseReport, TurnReply, TurnReport } from "../ports/ledger.ts";

/*
 * The ledger's rule: one turn of one process. Everything that decides who may send, and when, is in
 * here and in the files it names; an adapter provides tables, an instant and atomicity. The Lua of the
 * Redis adapter is this rule's twin, function by function; a differential test holds them equal.
 */

/** What an adapter brings to a turn. */
export interface TurnInput {
  readonly tables: LedgerTables;
  readonly terms: LedgerTerms;
  /** The store's clock in microseconds; a step back is ignored. */
  readonly clock: number;
  /** Changes whenever the store may have lost what was written. */
  readonly memory: string;
}

/** A turn's reply, and the other processes that it concerns. */
export interface TurnResult {
  readonly reply: TurnReply;
  readonly hint: readonly string[];
}

/** Takes one process's report and gives it what is due. */
export function takeTurn(input: TurnInput, report: TurnReport): TurnResult {
  const book = openBook(input);
  adoptWindows(book);
  checkMemory(book, input.memory);
  const admission = admit(book, report);
  expire(book);
  dropDead(book);
  if (admission !== "known") {
    return {
      reply: reply(book, { granted: [], refused: [], wake: book.now }, admission),
      hint: [],
    };
  }
  if (report.everything) reconcile(book, report.process, report.everything);
  for (const ticket of report.returned) takeBack(book, ticket);
  for (const ticket of report.answered ?? []) endPausesOf(book, ticket);
  for (const { ticket, outcome } of report.ended) end(book, ticket, outcome === "answered");
  for (const ticket of report.leaves) leave(book, report.process, ticket);
  const refused = report.joins.flatMap((ticket) => {
    const why = join(book, report.process, ticket);
    return why === undefined ? [] : [{ ticket: ticket.ticket, why }];
  });
  const blockedUntil = recovering(book);
  const { wake, processes } =
    blockedUntil > 0 ? { wake: blockedUntil, processes: new Set<string>() } : grant(book);
  const granted = claim(book, report.process);
  return {
    reply: reply(book, { granted, refused, wake }, admission),
    hint: [...processes].filter((process) => process !== report.process),
  };
}

/** Begins a pause, and says in milliseconds how long it will last. */
export function takePause(input: TurnInput, report: PauseReport): number {
  const book = openBook(input);
  return (beginPause(book, report) - book.now) / 1000;
}

/** Withdraws a process at its own wish. */
export function takeLeave(input: TurnInput, process: string): void {
  dropProcess(openBook(input), process);
}

/** Time in the ledger never goes back. */
function openBook({ tables, terms, clock }: TurnInput): Book {
  const now = Math.max(clock, Number(tables.read("state", "now") ?? 0));
  const book: Book = { tables, terms, now };
  setNumber(book, "state", { field: "now", to: now });
  return book;
}

function takeBack(book: Book, ticket: string): void {
  giveBack(book, ticket);
  unprobe(book, ticket);
}

function end(book: Book, ticket: string, answered: boolean): void {
  land(book, ticket);
  if (answered) endPausesOf(book, ticket);
  else unprobe(book, ticket);
}

/** A ticket may have been assigned in the meantime; then its units are free again. */
function leave(book: Book, process: string, ticket: string): void {
  if (dequeue(book, ticket) !== undefined) return;
  if (book.tables.read(`assigned:${process}`, ticket) === undefined) return;
  book.tables.erase(`assigned:${process}`, ticket);
  takeBack(book, ticket);
}

function reply(
  book: Book,
  turn: Pick<TurnReply, "granted" | "refused"> & { wake: number },
  admission: "known" | "unknown" | "late",
): TurnReply {
  const pause = pauseState(book);
  const wake = Math.min(turn.wake, book.now + LEASE / 4);
  return {
    granted: turn.granted,
    refused: turn.refused,
    wakeInMs: Math.max(0, wake - book.now) / 1000,
    pausedForMs: pause.kind === "paused" ? (pause.until - book.now) / 1000 : 0,
    askEverything: admission === "unknown",
    peers: book.tables
      .first("processes", book.tables.size("processes"))
      .map(({ member }) => member)
      .toSorted(),
    standings: standings(book),
    waiting: numberIn(book, "state", "waiting"),
    probe: probe(book),
    policies: policyPauses(book),
  };
}
