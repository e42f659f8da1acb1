import { describe, expect, it } from "vitest";
import { MOST_DEATHS, SETTLED_MS, respawn } from "../../src/workers/respawn.ts";

describe("respawn()", () => {
  it("starts a worker again at once, and later each time that it dies early", () => {
    const pauses: number[] = [];
    let deaths = 0;
    for (let turn = 0; turn < 10; turn += 1) {
      const next = respawn({ livedMs: 50, deaths, othersServe: true });
      deaths = next.deaths;
      pauses.push(next.kind === "again" ? next.afterMs : -1);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
  });

  it("begins anew after one that lived for a while", () => {
    expect(respawn({ livedMs: SETTLED_MS, deaths: 7, othersServe: false })).toEqual({
      kind: "again",
      deaths: 1,
      afterMs: 100,
    });
  });

  it("gives up where nobody else serves and it has died too often", () => {
    const end = { livedMs: 50, othersServe: false };
    expect(respawn({ ...end, deaths: MOST_DEATHS - 2 }).kind).toBe("again");
    expect(respawn({ ...end, deaths: MOST_DEATHS - 1 }).kind).toBe("give-up");
  });
});
