import { describe, expect, it } from "vitest";
import { fall, isDue, isTrying, rise, wasTried } from "../../src/schedule/climb.ts";
import { T } from "../support/learning.ts";

const START = { limit: 200, good: 200, step: 0, patience: 1, changedAt: 0 };
const MINUTE = 60_000;
const at = (units: number, now: number, floor = 20) => ({ units, floor, now, windowMs: MINUTE });

describe("fall()", () => {
  it("falls to what was answered, by one unit at least, never below the floor", () => {
    expect(fall(START, at(120.9, T))).toMatchObject({ limit: 120, good: 120, changedAt: T });
    expect(fall(START, at(250, T)).limit).toBe(199);
    expect(fall(START, at(3, T)).limit).toBe(20);
  });

  it("falls to six tenths at least where it fell within the window already", () => {
    const once = fall(START, at(193, T));
    expect(fall(once, at(190, T + 5000)).limit).toBe(115);
    expect(fall(once, at(100, T + 5000)).limit).toBe(100);
    expect(fall(once, at(190, T + MINUTE)).limit).toBe(190);
  });

  it("falls back to the last good limit where more was tried, and waits twice as long, three windows at most", () => {
    const tried = rise({ ...START, limit: 120, good: 120 }, 200, T);
    expect(tried).toMatchObject({ limit: 124, good: 120 });
    const back = fall(tried, at(122, T + MINUTE));
    expect(back).toMatchObject({ limit: 120, patience: 2 });
    const again = fall(rise(back, 200, T), at(122, T + MINUTE));
    expect(again.patience).toBe(3);
  });
});

describe("rise()", () => {
  it("goes up by a little, then by twice as much, to the ceiling and no further", () => {
    const limits: number[] = [];
    let climb = { ...START, limit: 120, good: 120, patience: 3 };
    while (climb.limit < 200) {
      climb = rise(climb, 200, T);
      limits.push(climb.limit);
    }
    expect(limits).toEqual([124, 132, 148, 180, 200]);
    expect(climb).toMatchObject({ good: 180, patience: 1 });
  });
});

describe("isDue()", () => {
  it("waits for the patience after a fall, for one window after a rise, and not for a clock that was set back", () => {
    const fallen = { ...START, limit: 120, good: 120, patience: 2, changedAt: T };
    expect(isDue(fallen, T + MINUTE, MINUTE)).toBe(false);
    expect(isDue(fallen, T + 2 * MINUTE, MINUTE)).toBe(true);
    expect(isDue({ ...fallen, limit: 124 }, T + MINUTE, MINUTE)).toBe(true);
    expect(isDue(fallen, T - 1, MINUTE)).toBe(true);
  });
});

describe("wasTried()", () => {
  it("blames the trial for a refusal about where it began, and for none below", () => {
    const tried = rise({ ...START, limit: 120, good: 120 }, 200, T);
    expect([isTrying(tried), wasTried(tried, 121), wasTried(tried, 90)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(wasTried(START, 200)).toBe(false);
  });
});
