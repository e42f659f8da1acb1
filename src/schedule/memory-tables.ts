import type { LedgerTables, Scored } from "./book.ts";

/** Ledger tables in this process's memory: for a process on its own, for simulations, and as the model of the stores' tables. */
export class MemoryTables implements LedgerTables {
  readonly #hashes = new Map<string, Map<string, string>>();
  readonly #sets = new Map<string, Map<string, number>>();
  /** The members of each set in their order. */
  readonly #ordered = new Map<string, Scored[]>();

  read(hash: string, field: string): string | undefined {
    return this.#hashes.get(hash)?.get(field);
  }

  write(hash: string, field: string, value: string): void {
    const fields = this.#hashes.get(hash);
    if (fields) fields.set(field, value);
    else this.#hashes.set(hash, new Map([[field, value]]));
  }

  erase(hash: string, field: string): void {
    this.#hashes.get(hash)?.delete(field);
  }

  entries(hash: string): (readonly [string, string])[] {
    return [...(this.#hashes.get(hash) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  place(set: string, member: string, score: number): void {
    this.displace(set, member);
    const members = this.#sets.get(set) ?? new Map<string, number>();
    const ordered = this.#ordered.get(set) ?? [];
    this.#sets.set(set, members.set(member, score));
    this.#ordered.set(set, ordered);
    ordered.splice(rank(ordered, { member, score }), 0, { member, score });
  }

  displace(set: string, member: string): boolean {
    const score = this.#sets.get(set)?.get(member);
    const ordered = this.#ordered.get(set);
    if (score === undefined || !ordered) return false;
    ordered.splice(rank(ordered, { member, score }), 1);
    return this.#sets.get(set)?.delete(member) ?? false;
  }

  score(set: string, member: string): number | undefined {
    return this.#sets.get(set)?.get(member);
  }

  first(set: string, count: number): Scored[] {
    return (this.#ordered.get(set) ?? []).slice(0, count);
  }

  upTo(set: string, score: number, count: number): Scored[] {
    return this.first(set, count).filter((scored) => scored.score <= score);
  }

  size(set: string): number {
    return this.#sets.get(set)?.size ?? 0;
  }

  count(set: string, score: number): number {
    return rank(this.#ordered.get(set) ?? [], { member: LAST, score });
  }

  at(set: string, index: number): Scored | undefined {
    return this.#ordered.get(set)?.[index];
  }
}

/** Sorts behind every member. */
const LAST = "\u{10ffff}";

/** How many stand before one: by score, equal scores by member. */
function rank(ordered: readonly Scored[], { member, score }: Scored): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = ordered[middle];
    if (other === undefined) return middle;
    const before = other.score < score || (other.score === score && other.member < member);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
