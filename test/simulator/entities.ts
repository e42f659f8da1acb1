/** A record of the application: an id and whatever else it has. */
export type Entity = { readonly id: number } & Record<string, unknown>;

/** The kinds that the application keeps, by the name in its URLs. */
export const KINDS = ["ticket", "user", "invoice", "package"] as const;

/** One kind of record. */
export type Kind = (typeof KINDS)[number];

const SEEDS: Readonly<Record<Kind, (id: number) => Record<string, unknown>>> = {
  ticket: (id) => ({
    subject: `Ticket ${id}`,
    status: id % 3 === 0 ? "closed" : "open",
    userId: id % 10,
  }),
  user: (id) => ({ email: `user${id}@example.org`, status: "active" }),
  invoice: (id) => ({ amount: id * 10, paid: false, userId: id % 10 }),
  package: (id) => ({ name: `Package ${id}`, userId: id % 10 }),
};

/** What the application has in its tables; seeded alike each time. */
export class Entities {
  readonly #tables = new Map<Kind, Map<number, Entity>>();

  constructor() {
    for (const kind of KINDS) {
      const table = new Map<number, Entity>();
      for (let id = 1; id <= 40; id += 1) table.set(id, { id, ...SEEDS[kind](id) });
      this.#tables.set(kind, table);
    }
  }

  get(kind: Kind, id: number): Entity | undefined {
    return this.#table(kind).get(id);
  }

  /** One page of a kind, filtered by equality of members. */
  list(
    kind: Kind,
    { page, limit, where }: { page: number; limit: number; where: ReadonlyMap<string, string> },
  ) {
    const all = [...this.#table(kind).values()].filter((entity) =>
      [...where].every(([name, value]) => String(entity[name]) === value),
    );
    return { total: all.length, page, items: all.slice((page - 1) * limit, page * limit) };
  }

  add(kind: Kind, values: Record<string, unknown>): Entity {
    const table = this.#table(kind);
    const entity = { ...values, id: Math.max(0, ...table.keys()) + 1 };
    table.set(entity.id, entity);
    return entity;
  }

  change(kind: Kind, id: number, values: Record<string, unknown>): Entity | undefined {
    const known = this.get(kind, id);
    if (!known) return undefined;
    const changed = { ...known, ...values, id };
    this.#table(kind).set(id, changed);
    return changed;
  }

  remove(kind: Kind, id: number): boolean {
    return this.#table(kind).delete(id);
  }

  #table(kind: Kind): Map<number, Entity> {
    const table = this.#tables.get(kind);
    if (!table) throw new Error(`No table for ${kind}.`);
    return table;
  }
}
