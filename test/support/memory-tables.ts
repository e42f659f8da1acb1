import type { LedgerTables, Scored } from "../../src/schedule/book.ts";

/** Ledger tables in this process's memory: for simulations, and as the model of the stores' tables. */
export class MemoryTables implements LedgerTables {
  readonly #hashes = new Map<string, Map<string, string>>();
  readonly #sets = new Map<string, Map<string, number>>();
  /** Order of a set, made on demand and dropped at each change. */
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
    const members = this.#sets.get(set);
    if (members) members.set(member, score);
    else this.#sets.set(set, new Map([[member, score]]));
    this.#ordered.delete(set);
  }

  displace(set: string, member: string): boolean {
    this.#ordered.delete(set);
    return this.#sets.get(set)?.delete(member) ?? false;
  }

  score(set: string, member: string): number | undefined {
    return this.#sets.get(set)?.get(member);
  }

  first(set: string, count: number): Scored[] {
    return this.#inOrder(set).slice(0, count);
  }

  upTo(set: string, score: number, count: number): Scored[] {
    return this.first(set, count).filter((scored) => scored.score <= score);
  }

  size(set: string): number {
    return this.#sets.get(set)?.size ?? 0;
  }

  #inOrder(set: string): Scored[] {
    const known = this.#ordered.get(set);
    if (known) return known;
    const ordered = [...(this.#sets.get(set) ?? [])]
      .map(([member, score]) => ({ member, score }))
      .toSorted((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
    this.#ordered.set(set, ordered);
    return ordered;
  }
}
