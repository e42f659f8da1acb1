import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toldLimits } from "../../src/http/upstream-limits.ts";

const NOW = 1_800_000_000_000;
const DATE = new Date(NOW - 5000).toUTCString();

const told = (...fields: string[]) => toldLimits(fields, NOW);

describe("toldLimits()", () => {
  it.each([
    [
      "the last draft",
      ["RateLimit-Policy", '"burst";q=100;w=60', "RateLimit", '"burst";r=50;t=30'],
      [{ limit: 100, windowMs: 60_000, remaining: 50, resetMs: 30_000 }],
    ],
    [
      "the last draft with two policies",
      [
        "RateLimit-Policy",
        '"burst";q=100;w=60, "daily";q=1000;w=86400',
        "RateLimit",
        '"daily";r=999;t=80000',
      ],
      [
        { limit: 100, windowMs: 60_000 },
        { limit: 1000, windowMs: 86_400_000, remaining: 999, resetMs: 80_000_000 },
      ],
    ],
    [
      "the eighth draft",
      ["RateLimit", "limit=100, remaining=50, reset=5", "RateLimit-Policy", "100;w=10"],
      [{ limit: 100, windowMs: 10_000, remaining: 50, resetMs: 5000 }],
    ],
    [
      "the eighth draft without a policy",
      ["RateLimit", "limit=100, remaining=50, reset=5"],
      [{ limit: 100, remaining: 50, resetMs: 5000 }],
    ],
    [
      "the sixth draft",
      ["RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "7", "RateLimit-Reset", "20"],
      [{ limit: 100, windowMs: 60_000, remaining: 7, resetMs: 20_000 }],
    ],
    [
      "X-RateLimit with a delta",
      ["X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "12"],
      [{ limit: 60, remaining: 0, resetMs: 12_000 }],
    ],
    [
      "X-RateLimit with an instant, by the origin's clock",
      ["Date", DATE, "X-RateLimit-Limit", "60", "X-RateLimit-Reset", String((NOW + 5000) / 1000)],
      [{ limit: 60, resetMs: 10_000 }],
    ],
    [
      "X-RateLimit with an instant in milliseconds",
      ["X-Rate-Limit-Limit", "60", "X-Rate-Limit-Reset", String(NOW + 5000)],
      [{ limit: 60, resetMs: 5000 }],
    ],
    [
      "Help Scout",
      ["X-RateLimit-Limit-Minute", "200", "X-RateLimit-Remaining-Minute", "150"],
      [{ limit: 200, windowMs: 60_000, remaining: 150 }],
    ],
    [
      "Freshdesk",
      [
        "X-RateLimit-Total",
        "400",
        "X-RateLimit-Remaining",
        "398",
        "X-RateLimit-Used-CurrentRequest",
        "2",
      ],
      [{ limit: 400, remaining: 398, costs: 2 }],
    ],
    [
      "Zendesk",
      [
        "X-Rate-Limit",
        "700",
        "X-Rate-Limit-Remaining",
        "699",
        "ratelimit-reset",
        "41",
        "Zendesk-RateLimit-Exports",
        "total=10; remaining=9; resets=30",
      ],
      [
        { limit: 700, remaining: 699, resetMs: 41_000 },
        { scope: "endpoint", limit: 10, remaining: 9, resetMs: 30_000 },
      ],
    ],
  ])("reads %s", (_, fields, expected) => {
    expect(told(...fields)).toEqual(expected.map((limit) => ({ scope: "api", ...limit })));
  });

  it("takes nothing from nonsense, from quotas of bytes, and from answers without such fields", () => {
    expect(told("Content-Type", "text/plain")).toEqual([]);
    expect(told("X-RateLimit-Limit", "unlimited", "X-RateLimit-Remaining", "-1")).toEqual([]);
    expect(told("RateLimit", '"broken', "RateLimit-Policy", ";;")).toEqual([]);
    expect(told("RateLimit-Policy", '"size";q=1000;w=60;qu="content-bytes"')).toEqual([]);
    expect(told("X-RateLimit-Limit", "9".repeat(400))).toEqual([]);
  });

  it("reads no more of a field than it needs, however long its digits are", () => {
    const long = "1".repeat(16_000);
    const since = performance.now();
    expect(toldLimits(["X-RateLimit-Limit", long, "X-RateLimit-Remaining", long], NOW)).toEqual([]);
    // Where each digit was begun with anew, two seconds.
    expect(performance.now() - since).toBeLessThan(200);
  });

  it("never throws and never tells a part that is no sensible number, whatever comes", () => {
    const names = fc.constantFrom(
      "RateLimit",
      "RateLimit-Policy",
      "RateLimit-Limit",
      "RateLimit-Reset",
      "X-RateLimit-Limit",
      "X-RateLimit-Reset",
      "X-RateLimit-Remaining",
      "X-RateLimit-Limit-Hour",
      "X-Rate-Limit",
      "Zendesk-RateLimit-X",
      "Date",
    );
    const number = fc.oneof(fc.integer(), fc.double(), fc.bigInt()).map(String);
    const shape = fc
      .tuple(fc.constantFrom("", '"a";q=', '"a";r=', "limit=", "total=", "5;w="), number)
      .map(([before, value]) => before + value);
    const line = fc.tuple(names, fc.oneof(number, shape, fc.string()));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const limits = toldLimits(lines.flat(), NOW);
        expect(limits.length).toBeLessThanOrEqual(8);
        for (const { scope, ...parts } of limits) {
          expect(["api", "endpoint"]).toContain(scope);
          for (const value of Object.values(parts)) {
            expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
