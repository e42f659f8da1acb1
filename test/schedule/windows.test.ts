import { describe, expect, it } from "vitest";
import {
  adoptWindows,
  expire,
  longestSpan,
  pacePerUnit,
  refund,
  restamp,
  roomAt,
  shareLeft,
  spend,
  stampOf,
  standings,
} from "../../src/schedule/windows.ts";
import { bookAt, later } from "../support/book.ts";

const record = { cost: 1, process: "p", consumer: "a", policies: [] };
const SPAN = 6_200_000;

describe("spend()", () => {
  it("counts a unit until window and pad are over, not a microsecond less", () => {
    const book = bookAt(1000);
    spend(book, "t", { record, stamp: 1000 });
    expire(later(book, 1000 + SPAN - 1));
    expect(standings(book)[0]?.used).toBe(1);
    expire(later(book, 1000 + SPAN));
    expect(standings(book)[0]?.used).toBe(0);
  });

  it("counts a ticket once, however often it is told of it", () => {
    const book = bookAt(1000);
    spend(book, "t", { record, stamp: 1000 });
    spend(book, "t", { record, stamp: 2000 });
    expect(standings(book)[0]?.used).toBe(1);
    expect(stampOf(book, "t", record)).toBe(1000);
  });

  it("leaves out a quota whose window has passed the stamp by", () => {
    const quotas = [
      { name: "short", limit: 5, windowMs: 10, padMs: 0 },
      { name: "long", limit: 5, windowMs: 1000, padMs: 0 },
    ];
    const book = bookAt(500_000, { quotas });
    spend(book, "t", { record, stamp: 400_000 });
    expect(standings(book).map(({ used }) => used)).toEqual([0, 1]);
  });
});

describe("adoptWindows()", () => {
  const minute = { name: "m", limit: 10, windowMs: 60_000, padMs: 1000 };
  const hour = { name: "h", limit: 100, windowMs: 3_600_000, padMs: 1000 };
  const second = { name: "s", limit: 2, windowMs: 1000, padMs: 100 };
  /** Two units, half a minute and half a second old, in a ledger that then counts by other quotas. */
  function counted(before: readonly (typeof minute)[], after: readonly (typeof minute)[]) {
    const book = bookAt(100_000_000, { quotas: before });
    adoptWindows(book);
    spend(book, "old", { record, stamp: 70_000_000 });
    spend(book, "new", { record, stamp: 99_500_000 });
    const changed = { ...book, terms: { ...book.terms, quotas: after } };
    adoptWindows(changed);
    return Object.fromEntries(standings(changed).map(({ quota, used }) => [quota, used]));
  }

  it("leaves each quota its log when one is put before another", () => {
    expect(counted([minute, hour], [hour, minute])).toEqual({ m: 2, h: 2 });
    expect(counted([minute], [second, minute])).toEqual({ s: 1, m: 2 });
  });

  it("leaves a quota its log when its limit, its pad or its name changes", () => {
    const other = { name: "x", limit: 7, windowMs: 60_000, padMs: 5 };
    expect(counted([minute], [other])).toEqual({ x: 2 });
  });

  it("begins a quota over another window with what is known", () => {
    expect(counted([minute], [hour])).toEqual({ h: 2 });
    expect(counted([minute, hour], [second])).toEqual({ s: 1 });
  });

  it("counts a unit once where a quota comes back", () => {
    const book = bookAt(100_000_000, { quotas: [minute, hour] });
    const without = { ...book, terms: { ...book.terms, quotas: [hour] } };
    for (const each of [book, without]) {
      adoptWindows(each);
      spend(each, `t${each.terms.quotas.length}`, { record, stamp: 99_000_000 });
    }
    adoptWindows(book);
    expect(standings(book).map(({ used }) => used)).toEqual([2, 2]);
    expect(shareLeft(book, "a", 1)).toBe(8);
  });
});

describe("restamp()", () => {
  it("moves the instant from which a unit counts", () => {
    const book = bookAt(1000);
    spend(book, "t", { record, stamp: 1000 });
    restamp(later(book, 5000), "t", record);
    expire(later(book, 1000 + SPAN));
    expect(standings(later(book, 5000))[0]).toEqual({ quota: "test", used: 1, resetInMs: 6200 });
  });
});

describe("refund()", () => {
  it("frees what a ticket that never left had spent, for the consumer as well", () => {
    const book = bookAt(0);
    spend(book, "t", { record: { ...record, cost: 3 }, stamp: 0 });
    expect(shareLeft(book, "a", 1)).toBe(17);
    refund(book, "t", { ...record, cost: 3 });
    expect(shareLeft(book, "a", 1)).toBe(20);
  });
});

describe("roomAt()", () => {
  it("is now while there is room, else when enough of the oldest have expired", () => {
    const book = bookAt(100);
    expect(roomAt(book, 20)).toBe(100);
    spend(book, "one", { record: { ...record, cost: 2 }, stamp: 10 });
    spend(book, "two", { record: { ...record, cost: 18 }, stamp: 50 });
    expect(roomAt(book, 1)).toBe(10 + SPAN);
    expect(roomAt(book, 3)).toBe(50 + SPAN);
  });

  it("is when the window is empty for what costs more than a limit that was lowered", () => {
    const book = bookAt(100);
    spend(book, "one", { record: { ...record, cost: 2 }, stamp: 10 });
    spend(book, "two", { record, stamp: 50 });
    expect(roomAt(book, 21)).toBe(50 + SPAN);
  });
});

describe("shareLeft()", () => {
  it("is the least over all quotas, rounded down, and never negative", () => {
    const quotas = [
      { name: "short", limit: 5, windowMs: 10, padMs: 0 },
      { name: "long", limit: 100, windowMs: 1000, padMs: 0 },
    ];
    const book = bookAt(0, { quotas });
    expect(shareLeft(book, "a", 0.5)).toBe(2);
    spend(book, "t", { record: { ...record, cost: 4 }, stamp: 0 });
    expect(shareLeft(book, "a", 0.5)).toBe(0);
    expect(shareLeft(book, "b", 0.5)).toBe(2);
  });
});

describe("pacePerUnit() and longestSpan()", () => {
  it("follow the tightest and the longest quota", () => {
    const quotas = [
      { name: "minute", limit: 200, windowMs: 60_000, padMs: 1000 },
      { name: "hour", limit: 5000, windowMs: 3_600_000, padMs: 1000 },
    ];
    const { terms } = bookAt(0, { quotas });
    expect(pacePerUnit(terms)).toBe(3_601_000_000 / 5000);
    expect(longestSpan(terms)).toBe(3_601_000_000);
  });
});
