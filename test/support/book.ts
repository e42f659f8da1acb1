import { MemoryTables } from "../../src/schedule/memory-tables.ts";
import { terms } from "./ledger-world.ts";
import type { Book } from "../../src/schedule/book.ts";
import type { Join, LedgerTerms } from "../../src/ports/ledger.ts";

/** A fresh ledger's book at an instant (microseconds). */
export function bookAt(now: number, changes: Partial<LedgerTerms> = {}): Book {
  return { tables: new MemoryTables(), terms: terms(changes), now };
}

/** The same ledger at another instant. */
export function later(book: Book, now: number): Book {
  return { ...book, now };
}

/** A ticket that asks for one unit. */
export function joining(ticket: string, changes: Partial<Join> = {}): Join {
  const standard = { consumer: "a", weight: 1, cost: 1, urgency: 3, waitedMs: 0, returning: false };
  return { ticket, ...standard, ...changes };
}
