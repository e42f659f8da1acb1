import { add, micros, numberIn, pack, type Book, type TicketRecord } from "./book.ts";
import { countInner, innerStamp, refundInner, restampInner } from "./inner.ts";
import type { LedgerTerms, Standing } from "../ports/ledger.ts";

/*
 * The rolling windows. Each quota has a log: one member a departure, scored by its stamp. A unit
 * counts from its stamp until window + pad later, so that departures whose delivery differs by less
 * than the pad never make more than `limit` arrivals in any window at the upstream.
 *
 *   log:<window>  sorted set  <ticket>|<record> -> stamp
 *   used          hash        <window> and <window>|<consumer> -> units in the log
 *   logs          hash        <window> -> "": each that there ever was
 *   state         hash        windows: those of the last turn's quotas, shortest first
 *
 * A log is known by its quota's window (milliseconds), which no other quota of the upstream has: so it stays its quota's
 * own when a change of the configuration puts another before it, or moves its limit.
 *
 * A ticket's units stand in the logs of its policies as well; see inner.
 */

type QuotaTerms = LedgerTerms["quotas"][number];

/** No turn takes longer than this many expiries; the rest fall in the next. */
const EXPIRIES = 1000;

/** How long a unit counts against a quota, in microseconds. */
export function spanOf(quota: QuotaTerms): number {
  return micros(quota.windowMs + quota.padMs);
}

/** The longest time for which any quota counts a unit, in microseconds. */
export function longestSpan(terms: LedgerTerms): number {
  return Math.max(...terms.quotas.map(spanOf));
}

/** No process goes by its own part sooner after it lost the store, in microseconds. */
const APART_AFTER = 3_000_000;

/** How long after it lost the store a process may go by its own part, in microseconds: then what all sent before counts no more. */
export function apartAfter(terms: LedgerTerms): number {
  return Math.max(APART_AFTER, longestSpan(terms));
}

/** The pace: microseconds a unit at full, even use of the tightest quota. */
export function pacePerUnit(terms: LedgerTerms): number {
  return Math.max(...terms.quotas.map((quota) => spanOf(quota) / quota.limit));
}

/** The set that holds what a quota counts. */
export function logOf({ windowMs }: Pick<QuotaTerms, "windowMs">): string {
  return `log:${windowMs}`;
}

/** Units in a quota's log: all, or a consumer's. */
export function usedOf(book: Book, quota: QuotaTerms, consumer?: string): number {
  return numberIn(book, "used", usedField(quota, consumer));
}

/**
 * A quota over a window that the turn before did not count begins with what the longest log of then still knows: each unit
 * stands in every log whose window has not passed it by, so the longest has them all.
 */
export function adoptWindows(book: Book): void {
  const windows = book.terms.quotas.map(({ windowMs }) => windowMs).toSorted((a, b) => a - b);
  const before = book.tables.read("state", "windows");
  if (before === windows.join(",")) return;
  book.tables.write("state", "windows", windows.join(","));
  const known = (before ?? "").split(",");
  const longest = `log:${known.at(-1)}`;
  for (const quota of book.terms.quotas) {
    book.tables.write("logs", String(quota.windowMs), "");
    if (!known.includes(String(quota.windowMs))) adoptUnits(book, quota, longest);
  }
}

/** Lets go of units that no window counts any more. */
export function expire(book: Book): void {
  for (const quota of book.terms.quotas) {
    const gone = book.tables.upTo(logOf(quota), book.now - spanOf(quota), EXPIRIES);
    for (const { member } of gone) removeUnit(book, quota, member);
  }
}

/** Writes a ticket's units into every log that still counts `stamp`; one that stands there keeps its own. */
export function spend(
  book: Book,
  ticket: string,
  at: { record: TicketRecord; stamp: number },
): void {
  const member = memberOf(ticket, at.record);
  for (const policy of at.record.policies) countInner(book, policy, { member, stamp: at.stamp });
  for (const quota of book.terms.quotas) {
    if (book.tables.score(logOf(quota), member) !== undefined) continue;
    if (at.stamp <= book.now - spanOf(quota)) continue;
    book.tables.place(logOf(quota), member, at.stamp);
    count(book, quota, { consumer: at.record.consumer, by: at.record.cost });
  }
}

/** True while every log still counts the ticket's units. */
export function stillCounts(book: Book, ticket: string, record: TicketRecord): boolean {
  const member = memberOf(ticket, record);
  const outer = book.terms.quotas.every(
    (quota) => book.tables.score(logOf(quota), member) !== undefined,
  );
  return outer && record.policies.every((policy) => innerStamp(book, policy, member) !== undefined);
}

/** Moves a ticket's units, which still count, to now: the instant at which they may really leave. */
export function restamp(book: Book, ticket: string, record: TicketRecord): void {
  const member = memberOf(ticket, record);
  for (const quota of book.terms.quotas) book.tables.place(logOf(quota), member, book.now);
  for (const policy of record.policies) restampInner(book, policy, member);
}

/** Takes the units of a ticket that never left out of every log. */
export function refund(book: Book, ticket: string, record: TicketRecord): void {
  const member = memberOf(ticket, record);
  for (const quota of book.terms.quotas) removeUnit(book, quota, member);
  for (const policy of record.policies) refundInner(book, policy, member);
}

/** When the ticket's units were stamped; `undefined` where no log holds them any more. */
export function stampOf(book: Book, ticket: string, record: TicketRecord): number | undefined {
  const member = memberOf(ticket, record);
  for (const quota of book.terms.quotas) {
    const stamp = book.tables.score(logOf(quota), member);
    if (stamp !== undefined) return stamp;
  }
  const [policy] = record.policies;
  return policy === undefined ? undefined : innerStamp(book, policy, member);
}

/** The earliest instant at which every quota has room for `cost`; now or before where it has already. */
export function roomAt(book: Book, cost: number): number {
  let earliest = book.now;
  for (const quota of book.terms.quotas) {
    const short = usedOf(book, quota) + cost - quota.limit;
    if (short > 0) earliest = Math.max(earliest, freedAt(book, quota, short));
  }
  return earliest;
}

/** What a consumer could still send within its share: the least over all quotas, never negative. */
export function shareLeft(book: Book, consumer: string, fraction: number): number {
  const left = book.terms.quotas.map(
    (quota) => Math.floor(quota.limit * fraction) - usedOf(book, quota, consumer),
  );
  return Math.max(0, Math.min(...left));
}

/** How full each quota is. */
export function standings(book: Book): Standing[] {
  return book.terms.quotas.map((quota) => {
    const [oldest] = book.tables.first(logOf(quota), 1);
    return {
      quota: quota.name,
      used: usedOf(book, quota),
      resetInMs: oldest === undefined ? 0 : (oldest.score + spanOf(quota) - book.now) / 1000,
    };
  });
}

/** What an older log of this window knows otherwise, the other one knows better. */
function adoptUnits(book: Book, quota: QuotaTerms, from: string): void {
  const { tables } = book;
  for (let index = tables.count(from, book.now - spanOf(quota)); ; index += 1) {
    const unit = tables.at(from, index);
    if (unit === undefined) return;
    const [, cost = "0", , ...consumer] = unit.member.split("|");
    if (tables.score(logOf(quota), unit.member) === undefined)
      count(book, quota, { consumer: consumer.join("|"), by: Number(cost) });
    tables.place(logOf(quota), unit.member, unit.score);
  }
}

function usedField({ windowMs }: QuotaTerms, consumer?: string): string {
  return consumer === undefined ? `${windowMs}` : `${windowMs}|${consumer}`;
}

function memberOf(ticket: string, record: TicketRecord): string {
  return `${ticket}|${pack(record)}`;
}

function removeUnit(book: Book, quota: QuotaTerms, member: string): void {
  if (!book.tables.displace(logOf(quota), member)) return;
  const [ticket = "", cost = "0", , ...consumer] = member.split("|");
  count(book, quota, { consumer: consumer.join("|"), by: -Number(cost) });
  // A forward whose place was given up early is remembered by its unit only; see membership.
  if (book.tables.score("underWay", ticket) === undefined) book.tables.erase("forward", ticket);
}

function count(book: Book, quota: QuotaTerms, { consumer, by }: { consumer: string; by: number }) {
  add(book, "used", { field: usedField(quota), by });
  const field = usedField(quota, consumer);
  if (add(book, "used", { field, by }) === 0) book.tables.erase("used", field);
}

function freedAt(book: Book, quota: QuotaTerms, short: number): number {
  let [freed, at] = [0, book.now];
  for (const { member, score } of book.tables.first(logOf(quota), short)) {
    freed += Number(member.split("|")[1] ?? 0);
    at = score + spanOf(quota);
    if (freed >= short) break;
  }
  // What came in before the limit fell below its cost goes alone: never beside other units.
  return at;
}
