import { describe, expect, it } from "vitest";
import { meaningOf, sharpened, type Again } from "../../src/schedule/suspicion.ts";
import { T } from "../support/learning.ts";

const SUSPICION = { endpoint: "GET /a", at: T, units: 100, share: 0.2, quota: "api", before: 200 };

function meaning(changes: Partial<Again> = {}) {
  const again = {
    now: T + 1,
    units: 100,
    share: 0.2,
    asked: 0.3,
    othersAnswered: true,
    fullest: 0,
  };
  return meaningOf({ ...again, ...changes }, SUSPICION);
}

describe("meaningOf()", () => {
  it("blames the endpoint at the same count of its own, or where others were answered in a fuller window", () => {
    expect(meaning()).toBe("endpoint");
    expect(meaning({ units: 80, share: 0.25 })).toBe("endpoint");
    expect(meaning({ share: 0.9, fullest: 150 })).toBe("endpoint");
    expect(meaning({ share: 0.05, units: 150 })).toBe("endpoint");
  });

  it("blames the quota at another count, or where most of what is asked for is asked of it", () => {
    expect(meaning({ share: 0.5 })).toBe("quota");
    expect(meaning({ asked: 0.8 })).toBe("quota");
    expect(meaning({ asked: 0.95, othersAnswered: false })).toBe("quota");
  });

  it("says nothing while others are asked for and have had no turn since", () => {
    expect(meaning({ othersAnswered: false, units: 20, share: 1 })).toBe("nothing");
  });
});

describe("sharpened()", () => {
  it("takes the refusal at the fewest units", () => {
    const again = {
      now: T + 9,
      units: 20,
      share: 1,
      asked: 0.3,
      othersAnswered: false,
      fullest: 0,
    };
    expect(sharpened(SUSPICION, again)).toMatchObject({ at: T + 9, units: 20, share: 1 });
    expect(sharpened(SUSPICION, { ...again, units: 100 })).toBe(SUSPICION);
  });
});
