import { describe, expect, it } from "vitest";
import { LineModel, waitingOf, type LineModelParts } from "../../src/schedule/line-model.ts";
import { terms } from "../support/ledger-world.ts";
import { outlook, standing } from "../support/outlook.ts";

const STEP_MS = 310;

function model(changes: Partial<LineModelParts> = {}): LineModel {
  const demand = { rates: new Map<string, number>(), steady: new Set<string>() };
  const known = { outlook: outlook(), terms: terms(), ...demand };
  return new LineModel({ ...known, maxWaitMs: 60_000, stepMs: STEP_MS, ...changes });
}

function run(line: LineModel, forMs: number): Record<string, number> {
  const end = line.nowMs + forMs;
  while (line.nowMs < end) line.step();
  return Object.fromEntries(line.players.map(({ consumer, served }) => [consumer, served]));
}

describe("LineModel", () => {
  it("serves those who wait by their weights", () => {
    const consumers = [standing("a", 500, { weight: 3 }), standing("b", 500)];
    const served = run(model({ outlook: outlook({ consumers }) }), 62_000);
    expect(served["a"]).toBeGreaterThan(145);
    expect((served["a"] ?? 0) / (served["b"] ?? 1)).toBeCloseTo(3, 1);
  });

  it("never serves more than the limit in a window and its pad", () => {
    const consumers = [standing("a", 500, { credit: 15 }), standing("b", 0, { credit: 20 })];
    const line = model({ outlook: outlook({ consumers }), rates: new Map([["b", 0.001]]) });
    const departed: number[] = [];
    for (let step = 0; step < 400; step += 1) {
      const before = line.players.reduce((sum, { served }) => sum + served, 0);
      line.step();
      const after = line.players.reduce((sum, { served }) => sum + served, 0);
      for (let unit = before; unit < after; unit += 1) departed.push(line.nowMs);
    }
    const spans = departed.slice(20).map((at, index) => at - (departed[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(6200 - 1e-6);
    expect(departed.length).toBeGreaterThan(370);
  });

  it("lets credit go at once, ahead of the pace", () => {
    const consumers = [standing("a", 30, { credit: 10 })];
    const line = model({ outlook: outlook({ consumers, paceInMs: 1000 }) });
    expect(run(line, STEP_MS)).toEqual({ a: 10 });
  });

  it("knows of no credit while a pause holds, nor just after it", () => {
    const consumers = [standing("a", 30, { credit: 10 })];
    const line = model({ outlook: outlook({ consumers, blockedForMs: 1000 }) });
    expect(run(line, 930)).toEqual({ a: 0 });
    expect(run(line, 930)["a"]).toBeLessThanOrEqual(3);
  });

  it("refuses who would wait for longer than it may", () => {
    const rates = new Map([["a", 1]]);
    const line = model({
      outlook: outlook({ consumers: [standing("a", 1)] }),
      rates,
      maxWaitMs: 10_000,
    });
    run(line, 120_000);
    const [player] = line.players;
    if (!player) throw new Error("Nobody plays");
    expect(player.refused).toBe(true);
    // 10 s are 32 units, and one step more may be asked for.
    expect(waitingOf(player)).toBeLessThan(32 + STEP_MS + 1);
  });

  it("takes what has come by each step for who is under inner quotas, whatever its rate", () => {
    const come = [2, 2, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5];
    const line = model({
      outlook: outlook({ consumers: [standing("a", 9)] }),
      rates: new Map([["a", 1]]),
      arrives: new Map([["a", come]]),
    });
    const asked = come.map(() => {
      const units = line.players[0]?.asked;
      line.step();
      return units;
    });
    expect(asked).toEqual(come);
  });

  it("leaves out who neither waits nor asks", () => {
    const consumers = [standing("a", 0), standing("b", 1)];
    expect(
      model({ outlook: outlook({ consumers }) }).players.map(({ consumer }) => consumer),
    ).toEqual(["b"]);
  });

  it("knows which window is full, until it gives units back", () => {
    const quotas = [{ quota: "test", used: 20, frees: [{ units: 20, inMs: 2000 }] }];
    const line = model({ outlook: outlook({ quotas }) });
    expect(line.full).toBe(0);
    run(line, 2500);
    expect(line.full).toBe(-1);
  });
});
