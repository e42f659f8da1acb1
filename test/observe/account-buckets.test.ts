import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BucketNames,
  bucketsOf,
  cellName,
  MOST_CELLS,
  MOST_CONSUMERS,
  readCellName,
  readCounts,
  startOf,
  addCounts,
  sumOf,
  writeCounts,
} from "../../src/observe/account-buckets.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.parse("2026-11-24T12:00:00Z");
const cell = (at: number, counts = { a: 1 }) => ({ at, consumer: "sync", route: "r", counts });

describe("bucketsOf()", () => {
  it("puts a cell into its minute and its hour, and adds up what meets there", () => {
    const cells = [cell(NOON), cell(NOON + MINUTE), cell(NOON + HOUR)];
    const buckets = bucketsOf(cells, NOON);
    expect(buckets.map(({ span, at }) => [span, (at - NOON) / MINUTE])).toEqual([
      ["minute", 0],
      ["minute", 1],
      ["minute", 60],
      ["hour", 0],
      ["hour", 60],
    ]);
    expect(buckets[3]?.cells).toEqual([cell(NOON, { a: 2 })]);
    expect(buckets[0]?.endsAt).toBe(NOON + MINUTE + 48 * HOUR);
    expect(buckets[3]?.endsAt).toBe(NOON + HOUR + 720 * HOUR);
  });

  it("leaves out what is past keeping", () => {
    const spans = (now: number) => bucketsOf([cell(NOON)], now).map(({ span }) => span);
    expect(spans(NOON + 48 * HOUR + MINUTE - 1)).toEqual(["minute", "hour"]);
    expect(spans(NOON + 48 * HOUR + MINUTE)).toEqual(["hour"]);
    expect(spans(NOON + 721 * HOUR)).toEqual([]);
  });
});

describe("startOf()", () => {
  it("goes back to the beginning of the minute or hour, and stays there", () => {
    const at = NOON + 3 * MINUTE + 1;
    expect([startOf("minute", at), startOf("hour", at)]).toEqual([NOON + 3 * MINUTE, NOON]);
    expect(startOf("minute", NOON)).toBe(NOON);
  });
});

describe("cellName()", () => {
  it("is read back, whatever the route is called", () => {
    const names = { consumer: "a.b", route: "GET|POST /x/:id, **" };
    expect(readCellName(cellName(names))).toEqual(names);
  });
});

describe("BucketNames", () => {
  it("places a cell that is there under its own name, however full the bucket is", () => {
    const many = Array.from({ length: MOST_CELLS }, (_, index) => `c${index % 90}\nr${index}`);
    const names = new BucketNames(many);
    expect(names.place({ consumer: "c0", route: "r0" })).toBe("c0\nr0");
    expect(names.place({ consumer: "c0", route: "new" })).toBe("other\nnew");
  });

  it("does not count other among the consumers", () => {
    const many = Array.from({ length: MOST_CONSUMERS - 1 }, (_, index) => `c${index}\nr`);
    const names = new BucketNames(["other\nr", ...many]);
    expect(names.place({ consumer: "last", route: "r" })).toBe("last\nr");
    expect(names.place({ consumer: "late", route: "r" })).toBe("other\nr");
    expect(names.place({ consumer: "last", route: "s" })).toBe("last\ns");
  });
});

describe("writeCounts()", () => {
  it("is read back by readCounts(), in one form whatever the order", () => {
    const name = fc.constantFrom("a", "f", "u", "w", "w11", "r.queue-full");
    fc.assert(
      fc.property(fc.dictionary(name, fc.integer()), (counts) => {
        expect(readCounts(writeCounts(counts))).toEqual(counts);
        expect(writeCounts(sumOf(counts, {}))).toBe(writeCounts(counts));
      }),
    );
    expect(writeCounts({ u: 2, a: 1 })).toBe("a=1,u=2");
    expect([readCounts(""), readCounts("what?")]).toEqual([{}, {}]);
  });
});

describe("addCounts()", () => {
  it("adds up in place, and leaves what is added as it was", () => {
    const sum = { a: 1, f: 2 };
    const more = Object.freeze({ f: 3, u: 1 });
    addCounts(sum, more);
    expect(sum).toEqual({ a: 1, f: 5, u: 1 });
  });
});

describe("sumOf()", () => {
  it("adds what both have and keeps what one has", () => {
    expect(sumOf({ a: 1, f: 2 }, { f: 3, u: 1 })).toEqual({ a: 1, f: 5, u: 1 });
  });
});
