import { describe, expect, it } from "vitest";
import { listOf, toldOf } from "../../src/command/told.ts";

describe("toldOf()", () => {
  it("has members where there are any", () => {
    expect([{ a: 1 }, null, "text", undefined].map(toldOf)).toEqual([{ a: 1 }, {}, {}, {}]);
  });
});

describe("listOf()", () => {
  it("is empty for what is no list", () => {
    expect([listOf([{ a: 1 }, 2]), listOf({ a: 1 })]).toEqual([[{ a: 1 }, {}], []]);
  });
});
