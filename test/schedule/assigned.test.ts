import { describe, expect, it } from "vitest";
import { numberIn } from "../../src/schedule/book.ts";
import { assign, claim, giveBack, land, takeBackAssigned } from "../../src/schedule/assigned.ts";
import { endCredit, join, setCredit } from "../../src/schedule/queue.ts";
import { expire, standings } from "../../src/schedule/windows.ts";
import { bookAt, joining, later } from "../support/book.ts";

function waiting(now = 1_000_000) {
  const book = bookAt(now);
  book.tables.place("processes", "p", now + 2_000_000);
  join(book, "p", joining("t"));
  return book;
}

describe("assign()", () => {
  it("moves the tags and the pace of a paced unit", () => {
    const book = waiting();
    expect(assign(book, "a", "paced")).toBe("p");
    expect(numberIn(book, "consumer:a", "finish")).toBe(1);
    expect(numberIn(book, "state", "paceAt")).toBe(1_000_000 - 2 * 310_000 + 310_000);
    expect(numberIn(book, "consumer:a", "credit")).toBe(20);
  });

  it("pays a unit on credit from the credit, and the pace makes it good, up to three units", () => {
    const book = waiting();
    assign(book, "a", "credit");
    expect(numberIn(book, "consumer:a", "credit")).toBe(19);
    expect(numberIn(book, "consumer:a", "finish")).toBe(1);
    // The instant is 1,000,000, a unit's pace 310,000, and the pace may run late by two.
    expect(numberIn(book, "state", "paceAt")).toBe(690_000);
    for (const [index, ticket] of ["t2", "t3", "t4", "t5", "t6", "t7"].entries()) {
      join(book, "p", joining(ticket));
      assign(book, "a", index % 2 === 0 ? "credit" : "bypass");
    }
    expect(numberIn(book, "state", "paceAt")).toBe(1_000_000 + 3 * 310_000);
  });

  it("leaves the tags of one that goes by", () => {
    const book = waiting();
    assign(book, "a", "bypass");
    expect(numberIn(book, "consumer:a", "finish")).toBe(0);
  });
});

describe("giveBack()", () => {
  it("lets its consumer send as much at once again, within its share, unless a pause was a short while ago", () => {
    const book = waiting();
    const credit = (): number => numberIn(book, "consumer:a", "credit");
    assign(book, "a", "credit");
    setCredit(book, "a", 3);
    giveBack(book, "t");
    expect(credit()).toBe(4);
    for (let index = 0; index < 18; index += 1) {
      join(book, "p", joining(`u${index}`));
      assign(book, "a", "paced");
    }
    setCredit(book, "a", 2);
    // Of a share of 20, 17 are still spent.
    giveBack(book, "u0");
    giveBack(book, "u0");
    expect(credit()).toBe(3);
    endCredit(book, book.now + 1);
    giveBack(book, "u1");
    expect(credit()).toBe(3);
  });
});

describe("claim()", () => {
  it("stamps anew what a process was assigned, once", () => {
    const book = waiting();
    assign(book, "a", "paced");
    const then = later(book, 1_500_000);
    expect(claim(then, "p")).toEqual(["t"]);
    expect(claim(then, "p")).toEqual([]);
    expect(standings(then)[0]?.resetInMs).toBe(6200);
    expect(book.tables.score("underWay", "t")).toBe(1_500_000 + 30_000_000);
  });
});

describe("takeBackAssigned()", () => {
  it("puts what nobody knows of back at its place, unspent", () => {
    const book = waiting();
    assign(book, "a", "paced");
    takeBackAssigned(book);
    expect(standings(book)[0]?.used).toBe(0);
    expect(book.tables.first("lane:a", 1)).toEqual([
      { member: "t", score: 1_000_000 + 30_000_000 },
    ]);
    expect(claim(book, "p")).toEqual([]);
  });
});

describe("claim() by a process that stood still", () => {
  it("grants no unit that ran out meanwhile: its ticket waits again, and nothing is counted twice", () => {
    const book = waiting();
    assign(book, "a", "paced");
    const late = later(book, 8_000_000);
    expire(late);
    expect(claim(late, "p")).toEqual([]);
    expect(numberIn(late, "state", "waiting")).toBe(1);
    expect(standings(late)[0]?.used).toBe(0);
    assign(late, "a", "paced");
    expect(claim(late, "p")).toEqual(["t"]);
    expect(standings(late)[0]?.used).toBe(1);
  });
});

describe("giveBack() and land()", () => {
  it("free the place; only a return frees the unit", () => {
    const book = waiting();
    assign(book, "a", "paced");
    land(book, "t");
    expect(book.tables.size("underWay")).toBe(0);
    expect(standings(book)[0]?.used).toBe(1);
    giveBack(book, "t");
    expect(standings(book)[0]?.used).toBe(1);
    join(book, "p", joining("u"));
    assign(book, "a", "paced");
    giveBack(book, "u");
    expect(standings(book)[0]?.used).toBe(1);
  });
});
