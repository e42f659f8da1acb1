import { describe, expect, it } from "vitest";
import { beginPause, endPause } from "../../src/schedule/pausing.ts";
import { pauseHash, pauseState, probe, probesFor, setProbe } from "../../src/schedule/pauses.ts";
import { define } from "../../src/schedule/inner.ts";
import { bookAt, later } from "../support/book.ts";
import { policyOf } from "../support/policies.ts";

describe("pauseState()", () => {
  it("is open, paused, then probing until the probe was answered", () => {
    const book = bookAt(0);
    expect(pauseState(book)).toEqual({ kind: "open" });
    beginPause(book, { process: "p", ticket: "x", forMs: 5 });
    expect(pauseState(later(book, 4999))).toEqual({ kind: "paused", until: 5000 });
    expect(pauseState(later(book, 5000))).toEqual({ kind: "probing", underWay: false });
    setProbe(book, "t");
    expect(pauseState(later(book, 5000))).toEqual({ kind: "probing", underWay: true });
    endPause(later(book, 6000));
    expect(pauseState(later(book, 6000))).toEqual({ kind: "open" });
    expect(probe(book)).toBe("");
  });

  it("is each policy's own", () => {
    const book = bookAt(0);
    define(book, [policyOf("r", 3)]);
    beginPause(book, { process: "p", ticket: "x", forMs: 5, policy: "r" });
    expect(pauseState(book)).toEqual({ kind: "open" });
    expect(pauseState(book, "s")).toEqual({ kind: "open" });
    expect(pauseState(book, "r")).toEqual({ kind: "paused", until: 5000 });
    expect([pauseHash(), pauseHash("r")]).toEqual(["state", "policy:r"]);
  });
});

describe("probesFor()", () => {
  it("tells all that a ticket probes", () => {
    const book = bookAt(0);
    setProbe(book, "t");
    setProbe(book, "t", "r");
    setProbe(book, "u", "s");
    expect(probesFor(book, "t")).toEqual([undefined, "r"]);
    expect(probesFor(book, "u")).toEqual(["s"]);
    expect(probesFor(book, "v")).toEqual([]);
  });
});
