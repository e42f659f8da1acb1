import { describe, expect, it } from "vitest";
import { define, policyHash } from "../../src/schedule/inner.ts";
import {
  hasOpenLane,
  headAt,
  headOf,
  isAsleep,
  laneOf,
  policiesOf,
  recordOf,
} from "../../src/schedule/lanes.ts";
import { keepPass } from "../../src/schedule/passes.ts";
import { dequeue, join } from "../../src/schedule/queue.ts";
import { bookAt, joining } from "../support/book.ts";
import { policyOf } from "../support/policies.ts";

const [r, s] = [policyOf("r", 3), policyOf("s", 3)];

/** "plain" came last, "both" first. */
function waiting() {
  const book = bookAt(1_000_000);
  define(book, [r, s]);
  join(book, "p", joining("both", { policies: [r, s], waitedMs: 30 }));
  join(book, "p", joining("r", { policies: [r], waitedMs: 20, cost: 2 }));
  join(book, "p", joining("plain"));
  return book;
}

describe("headOf()", () => {
  it("is the first ticket in the lanes that are open", () => {
    const book = waiting();
    expect(headOf(book, "a")?.ticket).toBe("both");
    book.tables.place("asleep:s", "a", 0);
    expect(headOf(book, "a")?.ticket).toBe("r");
    book.tables.place("asleep:r", "a", 0);
    expect(headOf(book, "a")?.ticket).toBe("plain");
    book.tables.write(policyHash("r"), "called", "a");
    expect(headOf(book, "a")?.ticket).toBe("r");
    dequeue(book, "r");
    dequeue(book, "plain");
    expect(hasOpenLane(book, "a")).toBe(false);
  });

  it("counts what the first of a lane has passed for open", () => {
    const book = waiting();
    book.tables.place("asleep:r", "a", 0);
    keepPass(book, "both", { policy: "r", cost: 1 });
    expect(headOf(book, "a")?.ticket).toBe("both");
  });
});

describe("headAt()", () => {
  it("is the first ticket that waits for this policy and for no other", () => {
    const book = waiting();
    book.tables.place("asleep:r", "a", 0);
    expect(headAt(book, "a", "r")?.ticket).toBe("both");
    book.tables.place("asleep:s", "a", 0);
    expect(headAt(book, "a", "r")?.ticket).toBe("r");
    expect(headAt(book, "a", "s")).toBeUndefined();
  });
});

describe("enterLane() and leaveLane()", () => {
  it("keep the sets in which something waits, and what is due at each policy", () => {
    const book = waiting();
    expect(book.tables.entries("lanes:a")).toEqual([
      ["r", "2"],
      ["r,s", "1"],
    ]);
    expect(policiesOf(book, "a")).toEqual(["r", "s"]);
    expect(book.tables.entries("due:r")).toEqual([["a", "3"]]);
    dequeue(book, "both");
    expect(policiesOf(book, "a")).toEqual(["r"]);
    expect(book.tables.entries("due:s")).toEqual([]);
    expect(book.tables.size(laneOf("a", "r,s"))).toBe(0);
  });
});

describe("recordOf() and isAsleep()", () => {
  it("tell of a ticket, and of a consumer at some policies", () => {
    const book = waiting();
    expect(recordOf(book, { ticket: "r", order: 0 })).toMatchObject({ cost: 2, policies: ["r"] });
    expect(() => recordOf(book, { ticket: "none", order: 0 })).toThrow("nothing is known");
    expect(isAsleep(book, "a", ["r", "s"])).toBe(false);
    book.tables.place("asleep:s", "a", 0);
    expect(isAsleep(book, "a", ["r", "s"])).toBe(true);
  });
});
