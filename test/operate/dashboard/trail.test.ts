import { describe, expect, it } from "vitest";
import { sampleOf, tightest, Trail, TRAIL_MS } from "../../../src/operate/dashboard/trail.ts";
import { outlook } from "../../support/outlook.ts";

const sample = (at: number, pausedMs = 0) => ({ at, used: at, limit: 20, pausedMs, waiting: 0 });

function trail(...samples: readonly ReturnType<typeof sample>[]): Trail {
  const made = new Trail();
  for (const one of samples) made.add(one);
  return made;
}

describe("Trail", () => {
  it("keeps one sample a step, the newest included", () => {
    const { samples } = trail(sample(0), sample(1000), sample(2000), sample(5000), sample(6000));
    expect(samples.map(({ at }) => at)).toEqual([0, 5000, 6000]);
  });

  it("is bounded by its time", () => {
    const made = new Trail();
    for (let at = 0; at < 3 * TRAIL_MS; at += 5000) made.add(sample(at));
    expect(made.samples.length).toBeLessThan(185);
  });
});

describe("pauses()", () => {
  it("begins and ends where it was seen to, or ends by itself", () => {
    const made = trail(sample(0), sample(5000, 3000), sample(10_000), sample(20_000, 9000));
    expect(made.pauses()).toEqual([
      { from: 5000, to: 8000 },
      { from: 20_000, to: 29_000 },
    ]);
  });

  it("is one pause while it goes on, and shorter where it was ended", () => {
    const made = trail(sample(0), sample(1000, 60_000), sample(6000, 55_000), sample(9000));
    expect(made.pauses()).toEqual([{ from: 1000, to: 9000 }]);
  });
});

const quota = (name: string, limit: number, windowMs: number) => ({
  name,
  limit,
  windowMs,
  padMs: 0,
});

describe("tightest()", () => {
  it("is the quota that even use exhausts first", () => {
    const quotas = [quota("minute", 60, 60_000), quota("day", 1000, 86_400_000)];
    expect(tightest({ ...TERMS, quotas })?.name).toBe("day");
  });
});

const TERMS = {
  upstream: "api",
  quotas: [{ name: "test", limit: 20, windowMs: 6000, padMs: 200 }],
  concurrency: 10,
  maxWaiting: 100,
  forwardMs: 1000,
  firstPauseMs: 1000,
  maxPauseMs: 60_000,
};

describe("sampleOf()", () => {
  it("has what of an outlook the picture needs", () => {
    const seen = outlook({
      blockedForMs: 5,
      quotas: [{ quota: "test", used: 7, frees: [] }],
    });
    expect(sampleOf(seen, TERMS, 9)).toEqual({
      at: 9,
      used: 7,
      limit: 20,
      pausedMs: 5,
      waiting: 0,
    });
  });
});
