import { describe, expect, it } from "vitest";
import { Entities, KINDS } from "./entities.ts";

const everything = { page: 1, limit: 100, where: new Map<string, string>() };

describe("Entities", () => {
  it("begins alike each time, with forty of each kind", () => {
    for (const kind of KINDS) {
      const { total, items } = new Entities().list(kind, everything);
      expect([total, items.length, items[0]?.id, items[39]?.id]).toEqual([40, 40, 1, 40]);
      expect(items).toEqual(new Entities().list(kind, everything).items);
    }
  });

  it("keeps what is added under an id of its own, whatever id was sent", () => {
    const entities = new Entities();
    const added = entities.add("ticket", { id: 1, subject: "new" });
    expect(added).toEqual({ id: 41, subject: "new" });
    expect([entities.get("ticket", 41), entities.get("ticket", 1)?.["subject"]]).toEqual([
      added,
      "Ticket 1",
    ]);
    expect(entities.get("invoice", 41)).toBeUndefined();
  });

  it("changes the members that are given, and never the id", () => {
    const entities = new Entities();
    expect(entities.change("ticket", 1, { subject: "changed", id: 7 })).toMatchObject({ id: 1 });
    expect(entities.get("ticket", 1)).toEqual({
      id: 1,
      subject: "changed",
      status: "open",
      userId: 1,
    });
    expect(entities.change("ticket", 99, { subject: "x" })).toBeUndefined();
    expect(entities.get("ticket", 99)).toBeUndefined();
  });

  it("removes once", () => {
    const entities = new Entities();
    expect([entities.remove("user", 3), entities.remove("user", 3)]).toEqual([true, false]);
    expect([entities.get("user", 3), entities.list("user", everything).total]).toEqual([
      undefined,
      39,
    ]);
  });

  it("pages in order without gap or repetition, and ends empty", () => {
    const entities = new Entities();
    const pages = [1, 2, 3, 4].map((page) =>
      entities.list("package", { ...everything, page, limit: 15 }).items.map(({ id }) => id),
    );
    expect(pages.map(({ length }) => length)).toEqual([15, 15, 10, 0]);
    expect(pages.flat()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it("filters by every member asked for, and counts what is left", () => {
    const where = new Map([
      ["status", "closed"],
      ["userId", "3"],
    ]);
    const { total, items } = new Entities().list("ticket", { ...everything, where });
    expect([total, items.map(({ id }) => id)]).toEqual([2, [3, 33]]);
  });
});
