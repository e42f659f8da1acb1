import { describe, expect, it } from "vitest";
import { numberIn } from "../../src/schedule/book.ts";
import {
  dequeue,
  endCredit,
  enqueue,
  join,
  setCredit,
  setStart,
} from "../../src/schedule/queue.ts";
import { spend } from "../../src/schedule/windows.ts";
import { bookAt, joining, later } from "../support/book.ts";

const credit = (book: ReturnType<typeof bookAt>, consumer: string): number =>
  numberIn(book, `consumer:${consumer}`, "credit");

describe("join()", () => {
  it("lets a ticket in once", () => {
    const book = bookAt(0);
    join(book, "p", joining("t"));
    join(book, "p", joining("t"));
    expect(numberIn(book, "state", "waiting")).toBe(1);
  });

  it("gives a consumer that never asked its whole share at once, and the next its part of it", () => {
    const book = bookAt(0);
    join(book, "p", joining("t1", { consumer: "a" }));
    join(book, "p", joining("t2", { consumer: "b", weight: 3 }));
    expect(credit(book, "a")).toBe(20);
    expect(credit(book, "b")).toBe(15);
  });

  it("gives one that emptied its line a moment ago nothing, and after half a window half a share", () => {
    const book = bookAt(0);
    join(book, "p", joining("t1"));
    setCredit(book, "a", 0);
    dequeue(book, "t1");
    join(later(book, 5000), "p", joining("t2"));
    expect(credit(book, "a")).toBe(0);
    dequeue(later(book, 5000), "t2");
    join(later(book, 5000 + 3_100_000), "p", joining("t3"));
    expect(credit(book, "a")).toBe(10);
  });

  it("takes what the window still holds off the share", () => {
    const book = bookAt(0);
    spend(book, "old", {
      record: { cost: 12, process: "p", consumer: "a", policies: [] },
      stamp: 0,
    });
    join(book, "p", joining("t1"));
    expect(credit(book, "a")).toBe(8);
  });

  it("starts a consumer no earlier than the rest stand", () => {
    const book = bookAt(0);
    book.tables.write("state", "virtual", "41");
    join(book, "p", joining("t1"));
    expect(book.tables.first("ring", 1)).toEqual([{ member: "a", score: 41 }]);
  });

  it("lets one that comes back in although the line is full", () => {
    const book = bookAt(0, { maxWaiting: 1 });
    join(book, "p", joining("t1"));
    expect(join(book, "p", joining("t2"))).toBe("queue-full");
    expect(join(book, "p", joining("t3", { returning: true }))).toBeUndefined();
    expect(join(book, "p", joining("t4", { cost: 21, returning: true }))).toBe("cost");
  });

  it("takes a changed weight at once", () => {
    const book = bookAt(0);
    join(book, "p", joining("t1"));
    join(book, "p", joining("t2", { weight: 4 }));
    expect(numberIn(book, "state", "weight")).toBe(4);
  });
});

describe("enqueue() and dequeue()", () => {
  it("order a lane, and leave nothing behind", () => {
    const book = bookAt(0);
    const record = { cost: 1, process: "p", consumer: "a", policies: [] };
    enqueue(book, "second", { record, order: 2 });
    enqueue(book, "first", { record, order: 1 });
    expect(book.tables.first("lane:a", 2).map(({ member }) => member)).toEqual(["first", "second"]);
    expect(dequeue(book, "first")).toEqual(record);
    expect(dequeue(book, "first")).toBeUndefined();
    dequeue(book, "second");
    expect(book.tables.size("ring")).toBe(0);
    expect(book.tables.entries("mine:p")).toEqual([]);
    expect(numberIn(book, "state", "weight")).toBe(0);
  });
});

describe("endCredit()", () => {
  it("takes credit from all, and lets nobody earn any until the ramp is over", () => {
    const book = bookAt(0);
    join(book, "p", joining("t1"));
    endCredit(book, 100);
    expect(credit(book, "a")).toBe(0);
    expect(book.tables.size("creditRing")).toBe(0);
    join(later(book, 99), "p", joining("t2", { consumer: "b" }));
    join(later(book, 100), "p", joining("t3", { consumer: "c" }));
    expect([credit(book, "b"), credit(book, "c")]).toEqual([0, 6]);
  });
});

describe("setStart()", () => {
  it("moves a consumer that waits in both rings, and one that does not in none", () => {
    const book = bookAt(0);
    join(book, "p", joining("t1"));
    setStart(book, "a", 7);
    setStart(book, "b", 9);
    expect(book.tables.first("ring", 9)).toEqual([{ member: "a", score: 7 }]);
    expect(book.tables.first("creditRing", 9)).toEqual([{ member: "a", score: 7 }]);
  });
});
