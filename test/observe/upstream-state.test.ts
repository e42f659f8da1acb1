import { describe, expect, it } from "vitest";
import { upstreamState } from "../../src/observe/upstream-state.ts";
import { outlook, standing } from "../support/outlook.ts";

const QUOTAS = [
  { name: "api", configured: 200, effective: 120, foreign: 15, windowMs: 60_000 },
  { name: "api-2", configured: 1000, effective: 1000, foreign: 0, windowMs: 3_600_000 },
];
const CIRCUIT = { state: "closed", openings: 0 } as const;
const LOAD = { waiting: 2, underWay: 1, storeLost: false };
const HEARD = { name: "api", quotas: QUOTAS, ...LOAD, pauses: 4, circuit: CIRCUIT };

describe("upstreamState()", () => {
  it("tells what stands in the ledger, over all instances", () => {
    const seen = outlook({
      underWay: 5,
      quotas: [{ quota: "api", used: 110, frees: [] }],
      consumers: [standing("a", 3), standing("b", 4)],
    });
    expect(upstreamState({ ...HEARD, pausedForMs: 700, outlook: seen })).toEqual({
      upstream: "api",
      waiting: 2,
      underWay: 1,
      pauses: 4,
      circuit: CIRCUIT,
      storeReachable: true,
      pausedForMs: 0,
      paused: false,
      ledger: { waiting: 7, underWay: 5 },
      quotas: [
        {
          quota: "api",
          limit: 120,
          configured: 200,
          foreign: 15,
          windowMs: 60_000,
          used: 110,
        },
        {
          quota: "api-2",
          limit: 1000,
          configured: 1000,
          foreign: 0,
          windowMs: 3_600_000,
          used: 0,
        },
      ],
    });
  });

  it("is paused while the ledger is blocked and until its probe has been answered", () => {
    const blocked = outlook({ blockedForMs: 1500, probing: true });
    expect(upstreamState({ ...HEARD, pausedForMs: 0, outlook: blocked })).toMatchObject({
      paused: true,
      pausedForMs: 1500,
    });
    const probing = outlook({ probing: true });
    expect(upstreamState({ ...HEARD, pausedForMs: 0, outlook: probing })).toMatchObject({
      paused: true,
      pausedForMs: 0,
    });
  });

  it("tells nothing of what only the ledger knows while that is out of reach", () => {
    const state = upstreamState({ ...HEARD, pausedForMs: 300, outlook: undefined });
    expect(state).toMatchObject({ storeReachable: false, paused: true, pausedForMs: 300 });
    expect(state).not.toHaveProperty("ledger");
    expect(state.quotas[0]).toMatchObject({ quota: "api", limit: 120 });
    expect(state.quotas[0]).not.toHaveProperty("used");
    expect(upstreamState({ ...HEARD, pausedForMs: 0, outlook: undefined, apart: 3 }).apart).toBe(3);
  });
});
