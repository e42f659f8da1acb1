import { describe, expect, it } from "vitest";
import { forecast, type ForecastParts, type LineForecast } from "../../src/schedule/forecast.ts";
import { HORIZON_MS, type WaitForecast } from "../../src/schedule/line-track.ts";
import { terms } from "../support/ledger-world.ts";
import { outlook, standing } from "../support/outlook.ts";
import { seenAt } from "../support/policies.ts";

/** Units a millisecond of so many a minute; the terms give 193.5. */
const perMinute = (units: number): number => units / 60_000;

const KNOWN = outlook({ consumers: [standing("a", 0), standing("b", 0, { weight: 3 })] });

function told(rates: Record<string, number>, changes: Partial<ForecastParts> = {}): LineForecast {
  const each = Object.entries(rates).map(([name, units]) => [name, perMinute(units)] as const);
  const demand = { rates: new Map(each), steady: new Set<string>() };
  return forecast({ outlook: KNOWN, terms: terms(), ...demand, maxWaitMs: 30_000, ...changes });
}

const waitsOf = ({ consumers }: LineForecast, name: string): WaitForecast | undefined =>
  consumers.find(({ consumer }) => consumer === name)?.waits;

describe("forecast()", () => {
  it("says that nobody waits who asks for less than the upstream gives", () => {
    const line = told({ a: 60, b: 100 });
    expect(line).not.toHaveProperty("usedUp");
    expect(line.consumers).toHaveLength(2);
    expect(line.consumers.map(({ waits }) => waits)).toEqual([undefined, undefined]);
  });

  it("tells rates, shares and what these are worth", () => {
    const { horizonMs, consumers } = told({ a: 60, b: 100 });
    expect(horizonMs).toBe(HORIZON_MS);
    const [b, a] = consumers;
    expect(a).toMatchObject({ weight: 1, share: 0.25, ratePerMs: perMinute(60) });
    expect((b?.guaranteedPerMs ?? 0) * 60_000).toBeCloseTo((0.75 * 20 * 60_000) / 6200, 6);
  });

  it("tells who waits at an inner quota, and what that leaves to others", () => {
    // Of a the route lets 60 a minute go, so that b has what it asks for.
    const route = seenAt("route:r", { limit: 6, spanMs: 6000, consumers: [standing("a", 0)] });
    const known = { outlook: { ...KNOWN, policies: [route] } };
    const at = new Map([
      ["route:r", { rates: new Map([["a", perMinute(90)]]), steady: new Set<string>() }],
    ]);
    const line = told({ a: 90, b: 120 }, { ...known, at });
    expect(line.consumers.find(({ consumer }) => consumer === "a")?.heldBy).toBe("route:r");
    expect(waitsOf(line, "a")?.atWorstMs).toBeGreaterThan(20_000);
    expect(waitsOf(line, "b")).toBeUndefined();
    expect(waitsOf(told({ a: 90, b: 150 }, known), "b")).toBeDefined();
  });

  it("tells who waits beyond its share, from when, and from when on it is refused", () => {
    const line = told({ a: 240, b: 100 });
    expect(line.usedUp?.quota).toBe("test");
    expect(line.usedUp?.inMs).toBeLessThan(60_000);
    const waits = waitsOf(line, "a");
    expect(waits?.fromMs).toBeGreaterThan(500);
    expect(waits?.fromMs).toBeLessThan(60_000);
    expect(waits).not.toHaveProperty("untilMs");
    // 93 a minute are left for it: what waits for half a minute is refused.
    expect(waits?.refusedFromMs).toBeGreaterThan(waits?.fromMs ?? 0);
    expect(waits?.atWorstMs).toBeGreaterThan(25_000);
    expect(waits?.atWorstMs).toBeLessThan(70_000);
    expect(waitsOf(line, "b")?.atWorstMs ?? 0).toBeLessThan(3000);
  });

  it("tells when a line has gone, where the rate is less than the share", () => {
    const busy = outlook({ consumers: [standing("a", 60)] });
    const waits = waitsOf(told({ a: 60 }, { outlook: busy }), "a");
    expect(waits?.fromMs).toBe(0);
    // 60 wait, 193 a minute go and 60 come: the line has gone in 27 s.
    expect(waits?.atWorstMs).toBeGreaterThan(17_000);
    expect(waits?.atWorstMs).toBeLessThan(20_000);
    expect(waits?.untilMs).toBeGreaterThan(24_000);
    expect(waits?.untilMs).toBeLessThan(30_000);
  });

  it("takes a line that is steady for one that stays, whatever its rate", () => {
    const busy = outlook({ consumers: [standing("a", 60)] });
    const waits = waitsOf(told({ a: 150 }, { outlook: busy, steady: new Set(["a"]) }), "a");
    expect(waits).not.toHaveProperty("untilMs");
    expect(waits?.atWorstMs).toBeGreaterThan(17_000);
    expect(waits?.atWorstMs).toBeLessThan(20_000);
  });

  it("lets nobody go while a pause holds", () => {
    const waits = waitsOf(told({ a: 60 }, { outlook: { ...KNOWN, blockedForMs: 20_000 } }), "a");
    expect(waits?.fromMs).toBeLessThan(1500);
    expect(waits?.atWorstMs).toBeGreaterThan(18_000);
    expect(waits?.untilMs).toBeGreaterThan(20_000);
  });

  it("goes by what the upstream takes, where its concurrency is what holds", () => {
    const rates = { a: 60, b: 30 };
    expect(waitsOf(told(rates), "a")).toBeUndefined();
    expect(waitsOf(told(rates, { servedPerMs: perMinute(50) }), "a")).toBeDefined();
  });

  it("says at once which quota is used up", () => {
    const quotas = [{ quota: "test", used: 20, frees: [{ units: 20, inMs: 6000 }] }];
    const full = told({ a: 1 }, { outlook: { ...KNOWN, quotas } });
    expect(full.usedUp).toEqual({ quota: "test", inMs: 0 });
  });

  it("costs the same of a limit that is a thousand times as high", () => {
    const high = terms({ quotas: [{ name: "q", limit: 20_000, windowMs: 6000, padMs: 200 }] });
    const line = told({ a: 240_000, b: 100_000 }, { terms: high });
    expect(waitsOf(line, "a")?.fromMs).toBeLessThan(60_000);
    expect(waitsOf(line, "b")?.atWorstMs ?? 0).toBeLessThan(3000);
  });

  it("is made of those hundred who ask for most", () => {
    const names = Array.from({ length: 130 }, (_, index) => `c${index}`);
    const consumers = names.map((name) => standing(name, 0));
    const rates = Object.fromEntries(names.map((name, index) => [name, index / 100]));
    const line = told(rates, { outlook: outlook({ consumers }) });
    expect(line.consumers).toHaveLength(100);
    expect(line.consumers.some(({ consumer }) => consumer === "c129")).toBe(true);
    expect(line.consumers.some(({ consumer }) => consumer === "c1")).toBe(false);
  });
});
