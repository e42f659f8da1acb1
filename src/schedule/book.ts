import type { LedgerTerms } from "../ports/ledger.ts";

/** A member of a sorted set with its score. */
export interface Scored {
  readonly member: string;
  readonly score: number;
}

/**
 * What the rule keeps its state in: hashes and sorted sets, as Redis has them, so that the Lua twin
 * reads line by line alike. Sets are ordered by score, equal scores by the member's bytes.
 * One turn's calls must be atomic; the adapter sees to that.
 */
export interface LedgerTables {
  read(hash: string, field: string): string | undefined;
  write(hash: string, field: string, value: string): void;
  erase(hash: string, field: string): void;
  entries(hash: string): (readonly [field: string, value: string])[];
  place(set: string, member: string, score: number): void;
  /** True where the member was there. */
  displace(set: string, member: string): boolean;
  score(set: string, member: string): number | undefined;
  /** The first `count` members. */
  first(set: string, count: number): Scored[];
  /** The first `count` members whose score is at most `score`. */
  upTo(set: string, score: number, count: number): Scored[];
  size(set: string): number;
  /** How many members have a score of at most `score`. */
  count(set: string, score: number): number;
  /** The member with `index` others before it. */
  at(set: string, index: number): Scored | undefined;
}

/** One turn's view of a ledger: its tables, its terms, and the instant, in microseconds. */
export interface Book {
  readonly tables: LedgerTables;
  readonly terms: LedgerTerms;
  readonly now: number;
}

/** A process that has not been heard of for this long is taken for dead (microseconds). */
export const LEASE = 2_000_000;

/** One step of urgency counts as this much later arrival, so that the least urgent still moves. */
export const URGENCY = 10_000_000;

/** Microseconds in a span of milliseconds. */
export function micros(ms: number): number {
  return Math.round(ms * 1000);
}

/** The number in a field; 0 where there is none. */
export function numberIn(book: Book, hash: string, field: string): number {
  return Number(book.tables.read(hash, field) ?? 0);
}

/** Writes a number so that it reads back exactly. */
export function setNumber(book: Book, hash: string, { field, to }: { field: string; to: number }) {
  book.tables.write(hash, field, String(to));
}

/** Adds to a number and returns the sum. */
export function add(
  book: Book,
  hash: string,
  { field, by }: { field: string; by: number },
): number {
  const sum = numberIn(book, hash, field) + by;
  setNumber(book, hash, { field, to: sum });
  return sum;
}

/** What the ledger knows of a ticket, waiting or granted. Packed as `cost|process,policy,...|consumer`. */
export interface TicketRecord {
  readonly cost: number;
  readonly process: string;
  readonly consumer: string;
  /** Inner quotas that it is under. */
  readonly policies: readonly string[];
}

/** Packs a ticket's record; the consumer stands last, since its name may hold the separators. */
export function pack({ cost, process, consumer, policies }: TicketRecord): string {
  return `${cost}|${[process, ...policies].join(",")}|${consumer}`;
}

/** Reads what `pack` wrote. */
export function unpack(text: string): TicketRecord {
  const first = text.indexOf("|");
  const second = text.indexOf("|", first + 1);
  const [process = "", ...policies] = text.slice(first + 1, second).split(",");
  return {
    cost: Number(text.slice(0, first)),
    process,
    policies,
    consumer: text.slice(second + 1),
  };
}
