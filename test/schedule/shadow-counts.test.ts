import { describe, expect, it } from "vitest";
import { ShadowCounts } from "../../src/schedule/shadow-counts.ts";

const WEIGHTS = { real: 1, shadow: 1 };

describe("ShadowCounts", () => {
  it("tells first who would gain most, and last who would lose", () => {
    const counts = new ShadowCounts();
    for (const [consumer, realMs, shadowMs] of [
      ["loser", 10, 500],
      ["winner", 500, 10],
      ["same", 20, 20],
    ] as const) {
      const pair = counts.of(consumer, WEIGHTS);
      pair.real.waits.add(realMs);
      pair.shadow.waits.add(shadowMs);
    }
    expect(counts.view().map(({ consumer, gainMs }) => [consumer, gainMs])).toEqual([
      ["winner", 490],
      ["same", 0],
      ["loser", -490],
    ]);
  });

  it("tells the weights that a consumer has had last", () => {
    const counts = new ShadowCounts();
    counts.of("a", WEIGHTS);
    counts.of("a", { real: 3, shadow: 5 });
    expect(counts.view()).toMatchObject([{ consumer: "a", weights: { real: 3, shadow: 5 } }]);
  });

  it("counts together whoever comes after a hundred others", () => {
    const counts = new ShadowCounts();
    for (let index = 0; index < 130; index += 1) counts.of(`c${index}`, WEIGHTS).asked += 1;
    const views = counts.view();
    expect(views).toHaveLength(101);
    expect(views.find(({ consumer }) => consumer === "other")?.asked).toBe(30);
  });
});
