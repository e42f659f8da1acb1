import { add, numberIn, type Book, type TicketRecord } from "./book.ts";
import { innerPace, lookAgain, policyHash } from "./inner.ts";

/*
 * A ticket under several policies need not find them all ready at one instant, or it might never go where each is used up
 * by others as soon as it is ready. It passes them one by one, in the order of their names (so that no two wait for what
 * the other has): what it has passed keeps its units for it, and holds up nobody else.
 *
 *   passes  hash  <ticket> -> the policies that it has passed, `a,b`
 */

/** The policies that a waiting ticket has passed. */
export function passesOf(book: Book, ticket: string): readonly string[] {
  return book.tables.read("passes", ticket)?.split(",") ?? [];
}

/** A policy keeps its units for a ticket; its tags and its pace are the caller's matter. */
export function keepPass(
  book: Book,
  ticket: string,
  { policy, cost }: { policy: string; cost: number },
) {
  book.tables.write("passes", ticket, [...passesOf(book, ticket), policy].join(","));
  add(book, policyHash(policy), { field: "used", by: cost });
}

/** A ticket leaves for good, so that its units are counted by their stamps from now on. */
export function usePasses(book: Book, ticket: string, { cost }: TicketRecord): readonly string[] {
  const passes = passesOf(book, ticket);
  for (const policy of passes) add(book, policyHash(policy), { field: "used", by: -cost });
  book.tables.erase("passes", ticket);
  return passes;
}

/** A ticket goes no further: what it has passed is free again. */
export function dropPasses(book: Book, ticket: string, record: TicketRecord): void {
  for (const policy of usePasses(book, ticket, record)) {
    const by = -innerPace(book, policy) * record.cost;
    add(book, policyHash(policy), { field: "paceAt", by });
    lookAgain(book, policy);
  }
}

/** True where a policy holds no more than it may, so that what has passed it at such a cost may go; alone where it costs more. */
export function holdsNoMore(book: Book, policy: string, cost: number): boolean {
  const limit = numberIn(book, policyHash(policy), "limit");
  return numberIn(book, policyHash(policy), "used") <= Math.max(limit, cost);
}
