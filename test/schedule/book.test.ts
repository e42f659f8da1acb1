import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, micros, numberIn, pack, setNumber, unpack } from "../../src/schedule/book.ts";
import { bookAt } from "../support/book.ts";

describe("pack() and unpack()", () => {
  it("give back what they were given, whatever the consumer is called", () => {
    const record = fc.record({
      cost: fc.integer({ min: 1 }),
      process: fc.uuid(),
      consumer: fc.string(),
      policies: fc.subarray(["route GET /a", "cap:b", "reserve"]),
    });
    fc.assert(
      fc.property(record, (given) => {
        expect(unpack(pack(given))).toEqual(given);
      }),
    );
  });
});

describe("numberIn()", () => {
  it("reads back every double exactly, and 0 where nothing was written", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const book = bookAt(0);
        setNumber(book, "state", { field: "x", to: value });
        expect(numberIn(book, "state", "x")).toBe(
          value === 0 ? numberIn(book, "state", "x") : value,
        );
        expect(numberIn(book, "state", "y")).toBe(0);
      }),
    );
  });
});

describe("add()", () => {
  it("returns the sum that it writes", () => {
    const book = bookAt(0);
    add(book, "state", { field: "x", by: 3 });
    expect(add(book, "state", { field: "x", by: -1 })).toBe(2);
    expect(numberIn(book, "state", "x")).toBe(2);
  });
});

describe("micros()", () => {
  it("rounds to whole microseconds", () => {
    expect(micros(1.2346)).toBe(1235);
  });
});
