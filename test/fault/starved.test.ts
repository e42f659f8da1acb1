import { describe, expect, it } from "vitest";
import { Starved, starvedBetween } from "./starved.ts";

describe("starvedBetween()", () => {
  it("explains late answers where a process waited for a core for most of the time, and nothing else", () => {
    const before = { at: 1000, waitedMs: 400 };
    expect(starvedBetween(before, { at: 3000, waitedMs: 1400 })).toBeUndefined();
    expect(starvedBetween(before, { at: 3000, waitedMs: 1401 })).toEqual({
      problems: ["store-unavailable"],
      breaks: false,
      odd: false,
      slow: true,
      from: 1000,
      to: 8000,
    });
  });
});

describe("Starved", () => {
  it("takes a process that is not there as none that waits", () => {
    using starved = new Starved(() => [-1]);
    expect(starved.take()).toEqual([]);
  });
});
