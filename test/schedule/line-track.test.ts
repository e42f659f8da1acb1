import { describe, expect, it } from "vitest";
import { LineModel } from "../../src/schedule/line-model.ts";
import { HORIZON_MS, play, waitsOf, type Track } from "../../src/schedule/line-track.ts";
import { terms } from "../support/ledger-world.ts";
import { outlook, standing } from "../support/outlook.ts";

const STEP_MS = 310;

function line(waiting: number) {
  const demand = { rates: new Map<string, number>(), steady: new Set<string>() };
  const known = { outlook: outlook({ consumers: [standing("a", waiting)] }), terms: terms() };
  return new LineModel({ ...known, ...demand, maxWaitMs: 60_000, stepMs: STEP_MS });
}

function trackOf(waiting: number): Track {
  const [track] = play(line(waiting), { stepMs: STEP_MS, maxWaitMs: 60_000 });
  if (!track) throw new Error("Nobody plays");
  return track;
}

describe("play()", () => {
  it("plays until those who ask last within the horizon have left, and keeps each step", () => {
    const model = line(5);
    let steps = 0;
    const onStep = (): void => void (steps += 1);
    const [track] = play(model, { stepMs: STEP_MS, maxWaitMs: 60_000, onStep });
    expect(model.nowMs).toBeGreaterThanOrEqual(HORIZON_MS + 60_000);
    expect(track?.served).toHaveLength(steps + 1);
    expect([track?.asked[0], track?.served[0], track?.served.at(-1)]).toEqual([5, 0, 5]);
  });
});

describe("waitsOf()", () => {
  it("tells from when, until when and for how long at worst one waits", () => {
    const waits = waitsOf(trackOf(100), STEP_MS);
    expect(waits).toMatchObject({ fromMs: 0 });
    expect(waits?.atWorstMs).toBeGreaterThan(25_000);
    expect(waits?.atWorstMs).toBeLessThan(32_000);
    expect(waits?.untilMs).toBeLessThan(32_000);
    expect(waits).not.toHaveProperty("refusedFromMs");
  });

  it("says nothing of who waits for a second or less", () => {
    expect(waitsOf(trackOf(2), STEP_MS)).toBeUndefined();
  });

  it("tells from when on some are refused, and no end where none is within the horizon", () => {
    const { player } = trackOf(1);
    const steps = Math.ceil(HORIZON_MS / STEP_MS) + 20;
    const asked = Array.from({ length: steps }, (_, step) => step);
    const served = asked.map(() => 0);
    const waits = waitsOf({ player, asked, served, refusedFromMs: 70 }, STEP_MS);
    expect(waits).toMatchObject({ refusedFromMs: 70 });
    expect(waits).not.toHaveProperty("untilMs");
  });
});
