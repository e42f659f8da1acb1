import { describe, expect, it } from "vitest";
import { Acquaintance } from "../../src/schedule/acquaintance.ts";

function heard(...replies: readonly (readonly [askedAt: number, ...peers: string[]])[]) {
  const acquaintance = new Acquaintance();
  for (const [askedAt, ...peers] of replies) {
    acquaintance.hear({ peers, askedAt, rememberMs: 6200 });
  }
  return acquaintance;
}

describe("known", () => {
  it("holds everybody who was told of within the time, though they are gone", () => {
    const replies = [
      [0, "b", "a"],
      [500, "a", "c"],
    ] as const;
    expect(heard(...replies).known).toEqual(["a", "b", "c"]);
    expect(heard(...replies, [6300, "a"]).known).toEqual(["a", "b", "c"]);
    const steady = [1, 2, 3, 4, 5, 6].map((second) => [1000 * second, "a"] as const);
    expect(heard(...replies, ...steady, [6900, "a"]).known).toEqual(["a"]);
  });

  it("lets nobody be forgotten for the time in which nothing could be heard", () => {
    const after = [90_000, "a"] as const;
    expect(heard([0, "a", "b"], after).known).toEqual(["a", "b"]);
    expect(heard([0, "a", "b"], after, [96_000, "a"]).known).toEqual(["a", "b"]);
  });
});

describe("isKnownToAll()", () => {
  it("is true of a process that was there for a lease, and whose own had not run out", () => {
    const member = heard([0, "a"], [1000, "a"], [2000, "a"]);
    expect(member.isKnownToAll(3000)).toBe(true);
    expect(member.isKnownToAll(4001)).toBe(false);
  });

  it("is false of one that has come, or come back, a moment ago, and of one that heard nothing", () => {
    expect(heard([0, "a"], [1900, "a"]).isKnownToAll(2000)).toBe(false);
    expect(heard([0, "a"], [2000, "a"], [5000, "a"]).isKnownToAll(5100)).toBe(false);
    expect(new Acquaintance().isKnownToAll(0)).toBe(false);
  });
});
