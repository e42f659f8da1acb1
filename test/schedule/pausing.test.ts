import { describe, expect, it } from "vitest";
import { numberIn } from "../../src/schedule/book.ts";
import { assign, claim } from "../../src/schedule/assigned.ts";
import { pauseState, probe, setProbe } from "../../src/schedule/pauses.ts";
import { beginPause, endPause, endPausesOf, policyPauses } from "../../src/schedule/pausing.ts";
import { join } from "../../src/schedule/queue.ts";
import { bookAt, joining, later } from "../support/book.ts";
import { policyOf } from "../support/policies.ts";

const route = policyOf("r", 3);

describe("beginPause()", () => {
  it("lasts as long as was asked, at most the bound, and never shortens one that holds", () => {
    const book = bookAt(0, { maxPauseMs: 10_000 });
    expect(beginPause(book, { process: "p", ticket: "x", forMs: 3000 })).toBe(3_000_000);
    expect(beginPause(book, { process: "p", ticket: "y", forMs: 99_000 })).toBe(10_000_000);
    expect(beginPause(book, { process: "p", ticket: "z", forMs: 1 })).toBe(10_000_000);
  });

  it("does not raise the back-off for calls that left before it began", () => {
    const book = bookAt(1000);
    for (const ticket of ["t1", "t2"]) {
      join(book, "p", joining(ticket));
      assign(book, "a", "paced");
    }
    beginPause(later(book, 2000), { process: "p", ticket: "t1" });
    beginPause(later(book, 3000), { process: "p", ticket: "t2" });
    expect(numberIn(book, "state", "backOff")).toBe(1);
  });

  it("starts the back-off anew after a quiet window", () => {
    const book = bookAt(1000);
    beginPause(book, { process: "p", ticket: "none" });
    expect(numberIn(book, "state", "backOff")).toBe(1);
    const then = later(book, 60_000_000);
    join(then, "p", joining("t"));
    assign(then, "a", "paced");
    expect(beginPause(then, { process: "p", ticket: "t" })).toBe(61_000_000);
    expect(numberIn(book, "state", "backOff")).toBe(1);
  });
});

describe("beginPause() as an operator orders it", () => {
  const order = { process: "p", ticket: "operator", ordered: true } as const;

  it("lasts as long as was ordered, at most the bound, and raises no back-off", () => {
    const book = bookAt(0, { maxPauseMs: 10_000 });
    expect(beginPause(book, { ...order, forMs: 3000 })).toBe(3_000_000);
    expect(beginPause(book, { ...order, forMs: 99_000 })).toBe(10_000_000);
    expect(numberIn(book, "state", "backOff")).toBe(0);
  });

  it("ends what holds with 0, and then a probe goes", () => {
    const book = bookAt(1000);
    beginPause(book, { process: "p", ticket: "x", forMs: 3000 });
    expect(beginPause(later(book, 500_000), { ...order, forMs: 0 })).toBe(500_000);
    expect(pauseState(later(book, 500_000))).toEqual({ kind: "probing", underWay: false });
  });

  it("leaves an open ledger open with 0", () => {
    const book = bookAt(1000);
    beginPause(book, { ...order, forMs: 0 });
    expect(pauseState(book)).toEqual({ kind: "open" });
  });
});

describe("beginPause() of a policy", () => {
  it("takes back only what is assigned under it, and tells how long it lasts", () => {
    const book = bookAt(1000);
    book.tables.place("processes", "p", 2_000_000);
    join(book, "p", joining("under", { policies: [route] }));
    assign(book, "a", "paced");
    join(book, "p", joining("plain"));
    assign(book, "a", "paced");
    beginPause(book, { process: "p", ticket: "x", forMs: 3000, policy: "r" });
    expect(policyPauses(book)).toEqual([{ policy: "r", pausedForMs: 3000, probe: "" }]);
    expect(claim(book, "p")).toEqual(["plain"]);
    expect(numberIn(book, "state", "waiting")).toBe(1);
  });

  it("frees a probe that it takes back, so that another can be one", () => {
    const book = bookAt(1000);
    book.tables.place("processes", "p", 2_000_000);
    join(book, "p", joining("t"));
    assign(book, "a", "paced");
    setProbe(book, "t");
    beginPause(book, { process: "p", ticket: "old" });
    expect(probe(book)).toBe("");
  });
});

describe("endPausesOf()", () => {
  it("ends what the ticket was the probe of: a policy goes on at its own pace", () => {
    const book = bookAt(0);
    join(book, "p", joining("t", { policies: [route] }));
    beginPause(book, { process: "p", ticket: "x", forMs: 5, policy: "r" });
    setProbe(book, "t", "r");
    const then = later(book, 6000);
    endPausesOf(then, "other");
    expect(pauseState(then, "r")).toEqual({ kind: "probing", underWay: true });
    endPausesOf(then, "t");
    expect(pauseState(then, "r")).toEqual({ kind: "open" });
    expect(policyPauses(then)).toEqual([]);
    expect(numberIn(then, "policy:r", "paceAt")).toBe(6000 + 700_000);
    expect(numberIn(then, "state", "rampUntil")).toBe(0);
  });
});

describe("endPause()", () => {
  it("takes up the pace, without credit for a window", () => {
    const book = bookAt(0);
    join(book, "p", joining("t"));
    endPause(later(book, 1_000_000));
    expect(numberIn(book, "state", "paceAt")).toBe(1_310_000);
    expect(numberIn(book, "consumer:a", "credit")).toBe(0);
    expect(numberIn(book, "state", "rampUntil")).toBe(7_200_000);
  });

  it("leaves a newer pause alone that another call has begun while the probe was under way", () => {
    const book = bookAt(0);
    beginPause(book, { process: "p", ticket: "x", forMs: 5 });
    setProbe(book, "t");
    beginPause(later(book, 6000), { process: "p", ticket: "old", forMs: 30_000 });
    endPause(later(book, 7000));
    expect(pauseState(later(book, 7000))).toEqual({ kind: "paused", until: 30_006_000 });
    expect(probe(book)).toBe("");
  });
});
