import { describe, expect, it } from "vitest";
import { Traffic } from "../../src/schedule/traffic.ts";

describe("Traffic", () => {
  it("tells the part of the units that an endpoint had within the window", () => {
    const traffic = new Traffic(1000);
    expect(traffic.share("a", 0)).toBe(0);
    traffic.add({ endpoint: "a", cost: 1, departedAt: 0 });
    traffic.add({ endpoint: "b", cost: 3, departedAt: 500 });
    expect(traffic.share("a", 900)).toBe(0.25);
    expect(traffic.share("a", 1000)).toBe(0);
    expect(traffic.share("b", 1000)).toBe(1);
    expect(traffic.share("b", 1500)).toBe(0);
  });

  it("knows whether anything, or anything else, was answered since an instant", () => {
    const traffic = new Traffic(1000);
    traffic.add({ endpoint: "a", cost: 1, departedAt: 10 });
    expect([traffic.hasAnswered(5), traffic.hasAnswered(10)]).toEqual([true, false]);
    expect([traffic.hasAnswered(5, "a"), traffic.hasAnswered(5, "b")]).toEqual([false, true]);
  });

  it("keeps a bounded number, the last ones", () => {
    const traffic = new Traffic(1_000_000);
    traffic.add({ endpoint: "a", cost: 1, departedAt: 0 });
    for (let at = 1; at <= 10_000; at += 1) traffic.add({ endpoint: "b", cost: 1, departedAt: at });
    expect(traffic.share("a", 10_000)).toBe(0);
    expect(traffic.hasAnswered(-1, "b")).toBe(false);
  });
});
