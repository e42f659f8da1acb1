import { describe, expect, it } from "vitest";
import {
  advanceInner,
  countInner,
  define,
  expireInner,
  innerLog,
  innerPace,
  innerRoomAt,
  innerSpan,
  innerStamp,
  isDefined,
  lookAgain,
  policyHash,
  refundInner,
  restampInner,
  settlePace,
} from "../../src/schedule/inner.ts";
import { numberIn } from "../../src/schedule/book.ts";
import { bookAt, later } from "../support/book.ts";
import { policyOf } from "../support/policies.ts";

const NOW = 10_000_000;
const SPAN = 2_100_000;

function withPolicy(limit = 3) {
  const book = bookAt(NOW);
  define(book, [policyOf("r", limit)]);
  return book;
}

function fill(book: ReturnType<typeof withPolicy>, count: number): void {
  for (let index = 0; index < count; index += 1) {
    countInner(book, "r", { member: `t${index}|1|p,r|a`, stamp: book.now });
    advanceInner(book, "r", 1);
  }
}

describe("define()", () => {
  it("names the policies in order and keeps the latest definition", () => {
    const book = bookAt(NOW);
    expect(define(book, [policyOf("s", 1), policyOf("r", 3)])).toEqual(["r", "s"]);
    define(book, [policyOf("r", 6)]);
    expect([innerSpan(book, "r"), innerPace(book, "r")]).toEqual([SPAN, SPAN / 6]);
    expect([isDefined(book, "r"), isDefined(book, "x")]).toEqual([true, false]);
  });

  it("has those asleep looked at again where a limit has changed, and only then", () => {
    const book = withPolicy();
    book.tables.place("asleep:r", "a", 0);
    define(book, [policyOf("r", 3)]);
    expect(book.tables.score("sleepers", "r")).toBeUndefined();
    define(book, [policyOf("r", 4)]);
    expect(book.tables.score("sleepers", "r")).toBe(NOW);
  });
});

describe("innerRoomAt()", () => {
  it("lets the whole limit go from idle, then says when the oldest unit falls out", () => {
    const book = withPolicy();
    expect(innerRoomAt(book, "r", 3)).toBeLessThanOrEqual(NOW);
    fill(book, 3);
    expect(innerRoomAt(book, "r", 1)).toBe(NOW + SPAN);
    expect(innerRoomAt(later(book, NOW + SPAN), "r", 1)).toBeLessThanOrEqual(NOW + SPAN);
  });

  it("lets what costs more than a limit that was lowered go alone, when nothing else counts", () => {
    const book = withPolicy();
    expect(innerRoomAt(book, "r", 4)).toBeLessThanOrEqual(NOW);
    countInner(book, "r", { member: "t1|1|p,r|a", stamp: NOW - 500 });
    countInner(book, "r", { member: "t2|1|p,r|a", stamp: NOW });
    expect(innerRoomAt(book, "r", 4)).toBe(NOW + SPAN);
  });
});

describe("settlePace()", () => {
  it("lets what was not used go at once, but two units only while somebody is asleep or after a pause", () => {
    const paceAt = (book: ReturnType<typeof withPolicy>): number => {
      settlePace(book, "r");
      return numberIn(book, policyHash("r"), "paceAt");
    };
    const book = later(withPolicy(), NOW + 10 * SPAN);
    expect(paceAt(book)).toBe(book.now - SPAN);
    book.tables.place("asleep:r", "a", 0);
    expect(paceAt(book)).toBe(book.now - (2 * SPAN) / 3);
    const ramping = later(withPolicy(), NOW + 10 * SPAN);
    ramping.tables.write(policyHash("r"), "rampUntil", String(ramping.now + 1));
    expect(paceAt(ramping)).toBe(ramping.now - (2 * SPAN) / 3);
  });
});

describe("countInner(), expireInner(), restampInner() and refundInner()", () => {
  it("count a unit once, from its stamp, until it runs out or is given back", () => {
    const book = withPolicy();
    const used = (): number => numberIn(book, policyHash("r"), "used");
    const unit = { member: "t|2|p,r|a", stamp: NOW - 1 };
    countInner(book, "r", unit);
    countInner(book, "r", unit);
    countInner(book, "r", { member: "old|1|p,r|a", stamp: NOW - SPAN });
    expect([used(), book.tables.size(innerLog("r"))]).toEqual([2, 1]);
    restampInner(book, "r", unit.member);
    expect(innerStamp(book, "r", unit.member)).toBe(NOW);
    expireInner(later(book, NOW + SPAN - 1), "r");
    expect(used()).toBe(2);
    expireInner(later(book, NOW + SPAN), "r");
    expect(used()).toBe(0);
    countInner(book, "r", unit);
    const paceAt = numberIn(book, policyHash("r"), "paceAt");
    refundInner(book, "r", unit.member);
    refundInner(book, "r", unit.member);
    expect(used()).toBe(0);
    expect(numberIn(book, policyHash("r"), "paceAt")).toBe(paceAt - 2 * innerPace(book, "r"));
  });
});

describe("lookAgain()", () => {
  it("notes a policy only while somebody is asleep there", () => {
    const book = withPolicy();
    lookAgain(book, "r");
    expect(book.tables.size("sleepers")).toBe(0);
    book.tables.place("asleep:r", "a", 0);
    lookAgain(book, "r");
    expect(book.tables.score("sleepers", "r")).toBe(NOW);
  });
});
