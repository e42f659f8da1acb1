import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claim, land } from "../../src/schedule/assigned.ts";
import { grant } from "../../src/schedule/grant.ts";
import { recordOf } from "../../src/schedule/lanes.ts";
import {
  callCrowded,
  lacksPlace,
  mayTakePlace,
  standAside,
  type Crowd,
} from "../../src/schedule/places.ts";
import { join } from "../../src/schedule/queue.ts";
import { bookAt, joining, later } from "../support/book.ts";
import type { Book } from "../../src/schedule/book.ts";
import type { Join } from "../../src/ports/ledger.ts";

const MINUTE = 60_000_000;

const crowd: Crowd = {
  concurrency: 4,
  underWay: 3,
  held: 3,
  fraction: 0.5,
  othersWait: true,
  othersKnown: true,
};

const NARROW = { name: "narrow", limit: 2, windowMs: 1000, padMs: 100 };

/** Requests of a consumer stand in line. */
function line(book: Book, consumer: string, changes: Partial<Join> & { count: number }): void {
  const { count, ...rest } = changes;
  for (let index = 0; index < count; index += 1) {
    join(book, "p", joining(`${consumer}${index}@${book.now}`, { consumer, ...rest }));
  }
}

/** Consumers who are given places now, in their order. */
function served(book: Book): string {
  grant(book);
  return claim(book, "p")
    .map((ticket) => ticket[0])
    .join("");
}

/** A ledger of four places in which `b` was answered a moment ago, and `a` has come with slow requests. */
function beset(): Book {
  const book = bookAt(10 * MINUTE, { concurrency: 4 });
  line(book, "b", { count: 1 });
  served(book);
  for (const { member } of book.tables.first("underWay", 9)) land(book, member);
  line(book, "a", { count: 9 });
  return later(book, book.now + 1);
}

function end(book: Book, consumer: string): void {
  const one = book.tables.first("underWay", 9).find(({ member }) => member[0] === consumer);
  if (one) land(book, one.member);
}

describe("mayTakePlace()", () => {
  it("lets whoever is alone take all, and whoever holds none take the last", () => {
    const alone = { ...crowd, fraction: 1, othersWait: false, othersKnown: false };
    expect(mayTakePlace(alone)).toBe(true);
    expect(mayTakePlace({ ...crowd, held: 0, fraction: 0.01 })).toBe(true);
    expect(mayTakePlace({ ...crowd, concurrency: 1, underWay: 0, held: 0 })).toBe(true);
  });

  it("keeps one place from whoever would hold them all while others are known", () => {
    expect(mayTakePlace({ ...crowd, othersWait: false })).toBe(false);
    expect(mayTakePlace({ ...crowd, othersWait: false, held: 2 })).toBe(true);
    expect(mayTakePlace({ ...crowd, fraction: 0.9 })).toBe(false);
  });

  it("keeps the last place from whoever holds its share while others wait", () => {
    expect(mayTakePlace({ ...crowd, held: 2 })).toBe(false);
    expect(mayTakePlace({ ...crowd, held: 1 })).toBe(true);
    expect(mayTakePlace({ ...crowd, held: 2, underWay: 2 })).toBe(true);
  });

  it("leaves no place empty between those who wait", () => {
    const holders = fc.array(
      fc.record({ held: fc.nat(9), weight: fc.integer({ min: 1, max: 9 }) }),
      {
        minLength: 2,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(holders, (those) => {
        const underWay = those.reduce((sum, { held }) => sum + held, 0);
        const weights = those.reduce((sum, { weight }) => sum + weight, 0);
        const one = { ...crowd, concurrency: underWay + 1, underWay };
        const may = those.map(({ held, weight }) =>
          mayTakePlace({ ...one, held, fraction: weight / weights }),
        );
        expect(may).toContain(true);
      }),
    );
  });
});

describe("lacksPlace()", () => {
  it("is true for one that holds all but the last place, until the others were last seen long ago", () => {
    const book = beset();
    expect(lacksPlace(book, "a")).toBe(false);
    expect(served(book)).toBe("aaa");
    expect(lacksPlace(book, "a")).toBe(true);
    expect(lacksPlace(book, "b")).toBe(false);
    expect(lacksPlace(later(book, book.now + 10 * MINUTE), "a")).toBe(false);
  });
});

describe("standAside()", () => {
  it("lets another, and it alone, have the last place, and the next one that ends", () => {
    const book = beset();
    expect(served(book)).toBe("aaa");
    line(book, "b", { count: 5 });
    expect(served(book)).toBe("b");
    end(book, "a");
    expect(served(book)).toBe("b");
    end(book, "b");
    expect(served(book)).toBe("b");
    end(book, "a");
    expect(served(book)).toBe("a");
  });

  it("goes on once the others have nothing more to ask for, up to all places but one", () => {
    const book = beset();
    served(book);
    line(book, "b", { count: 1 });
    expect(served(book)).toBe("b");
    end(book, "b");
    expect(served(book)).toBe("");
    end(book, "a");
    expect(served(book)).toBe("a");
  });

  it("holds up nobody at an inner quota that its tickets are under", () => {
    const book = bookAt(10 * MINUTE, { concurrency: 4 });
    line(book, "b", { count: 1 });
    served(book);
    end(book, "b");
    line(book, "a", { count: 3 });
    expect(served(book)).toBe("aaa");
    line(book, "a", { count: 2, policies: [NARROW] });
    expect(served(later(book, book.now + 1))).toBe("");
    line(book, "b", { count: 1, policies: [NARROW] });
    expect(served(later(book, book.now + 1))).toBe("b");
  });

  it("takes a consumer out of the ring, with the units that its ticket kept", () => {
    const book = beset();
    const [head] = book.tables.first("lane:a", 1);
    if (!head) throw new Error("Nobody waits");
    const candidate = { ticket: head.member, order: head.score };
    standAside(book, { ...candidate, ...recordOf(book, candidate) });
    expect(book.tables.score("ring", "a")).toBeUndefined();
    line(book, "a", { count: 1 });
    expect(book.tables.score("ring", "a")).toBeUndefined();
  });
});

describe("callCrowded()", () => {
  it("brings back whoever may take a place by now, at the turn of those who wait", () => {
    const book = beset();
    served(book);
    expect(book.tables.size("crowded")).toBe(1);
    callCrowded(book);
    expect(book.tables.score("ring", "a")).toBeUndefined();
    end(book, "a");
    callCrowded(book);
    expect(book.tables.score("ring", "a")).toBeDefined();
    expect(book.tables.size("crowded")).toBe(0);
  });
});
