import { describe, expect, it } from "vitest";
import { numberIn } from "../../src/schedule/book.ts";
import { define, policyHash } from "../../src/schedule/inner.ts";
import {
  dropPasses,
  holdsNoMore,
  keepPass,
  passesOf,
  usePasses,
} from "../../src/schedule/passes.ts";
import { bookAt } from "../support/book.ts";
import { policyOf } from "../support/policies.ts";

const record = { cost: 2, process: "p", consumer: "a", policies: ["r", "s"] };

function passed() {
  const book = bookAt(10_000_000);
  define(book, [policyOf("r", 3), policyOf("s", 3)]);
  keepPass(book, "t", { policy: "r", cost: 2 });
  return book;
}

describe("keepPass()", () => {
  it("keeps the units of a policy for the ticket", () => {
    const book = passed();
    expect(passesOf(book, "t")).toEqual(["r"]);
    expect(numberIn(book, policyHash("r"), "used")).toBe(2);
    expect(holdsNoMore(book, "r", 1)).toBe(true);
    define(book, [policyOf("r", 1)]);
    expect(holdsNoMore(book, "r", 1)).toBe(false);
    // Alone it may go, though it costs more than the limit by now.
    expect(holdsNoMore(book, "r", 2)).toBe(true);
  });
});

describe("usePasses() and dropPasses()", () => {
  it("free what was kept; only what is dropped frees its pace as well", () => {
    const paceAt = (book: ReturnType<typeof passed>): number =>
      numberIn(book, policyHash("r"), "paceAt");
    const [used, dropped] = [passed(), passed()];
    const before = paceAt(used);
    expect(usePasses(used, "t", record)).toEqual(["r"]);
    dropPasses(dropped, "t", record);
    for (const book of [used, dropped]) {
      expect(numberIn(book, policyHash("r"), "used")).toBe(0);
      expect(passesOf(book, "t")).toEqual([]);
    }
    expect(paceAt(used)).toBe(before);
    expect(paceAt(dropped)).toBe(before - (2 * 2_100_000) / 3);
  });
});
