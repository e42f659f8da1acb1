import * as fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { PlainHistogram } from "../../src/observe/plain-histogram.ts";

const BOUNDS = [0.005, 0.5, 2, 10];
const NAMED = { name: "seconds", help: "Some." };

describe("PlainHistogram", () => {
  it("tells of whatever was observed what prom-client's own tells", async () => {
    const observation = fc.tuple(
      fc.constantFrom("api", 'o"ther'),
      fc.oneof(fc.constantFrom(...BOUNDS), fc.double({ min: 0, max: 20, noNaN: true })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(observation), async (observations) => {
        const [ours, theirs] = [new Registry(), new Registry()];
        const plain = new PlainHistogram(NAMED, BOUNDS);
        ours.registerMetric(plain);
        const labelNames = ["upstream"] as const;
        const own = { ...NAMED, buckets: BOUNDS, labelNames, registers: [theirs] };
        const usual = new Histogram(own);
        for (const [upstream, value] of observations) {
          plain.of(upstream).observe(value);
          usual.observe({ upstream }, value);
        }
        expect(await ours.metrics()).toBe(await theirs.metrics());
      }),
    );
  });

  it("tells nothing of an upstream of which nothing was seen", async () => {
    const histogram = new PlainHistogram(NAMED, BOUNDS);
    histogram.of("api");
    expect((await histogram.get()).values).toEqual([]);
  });
});
