import { describe, expect, it } from "vitest";
import { CallerNames } from "../../src/identify/caller-names.ts";

describe("nameOf()", () => {
  it.each([
    [["Sluice-Consumer", "sync", "User-Agent", "curl/8"], "sync"],
    [["User-Agent", "curl/8.5 (x)"], "curl"],
    [[], "127.0.0.1"],
    [["Sluice-Consumer", "two words"], "127.0.0.1"],
    [["Sluice-Consumer", "a|b"], "127.0.0.1"],
    [["Sluice-Consumer", "x".repeat(64)], "x".repeat(64)],
    [["Sluice-Consumer", "x".repeat(65)], "127.0.0.1"],
    [["Sluice-Consumer", "\u001B[31m"], "127.0.0.1"],
  ])("names the caller of %j %s", (fields, name) => {
    expect(new CallerNames().nameOf(fields, "127.0.0.1")).toBe(name);
  });

  it("knows a hundred names, and calls every further one other", () => {
    const names = new CallerNames();
    const given = Array.from({ length: 102 }, (_, index) =>
      names.nameOf(["Sluice-Consumer", `c${index}`], ""),
    );
    expect(given[99]).toBe("c99");
    expect(given.slice(100)).toEqual(["other", "other"]);
    expect(names.nameOf(["Sluice-Consumer", "c0"], "")).toBe("c0");
  });

  it("bounds names that are given in another way together with these", () => {
    const names = new CallerNames();
    for (let index = 0; index < 100; index += 1) names.bounded(`w${index}`);
    expect([names.bounded("w7"), names.bounded("w100")]).toEqual(["w7", "other"]);
    expect(names.nameOf(["Sluice-Consumer", "c1"], "")).toBe("other");
  });
});
