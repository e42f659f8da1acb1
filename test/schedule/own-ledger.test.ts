import { describe, expect, it } from "vitest";
import { OwnLedger } from "../../src/schedule/own-ledger.ts";
import { joining } from "../support/book.ts";
import { terms } from "../support/ledger-world.ts";
import type { Departure, Join, TurnReport } from "../../src/ports/ledger.ts";

/** The second of three processes, whose part of 20 is 7. */
function bench(waiting: readonly Join[] = [], departed: readonly Departure[] = []) {
  let now = 10_000;
  const known = ["a", "b", "c"];
  const ledger = new OwnLedger({ terms: terms(), known, lostAt: 0, monotonic: () => now });
  let sequence = 0;
  const turn = (news: Partial<TurnReport> = {}) =>
    ledger.turn({
      process: "b",
      sequence: (sequence += 1),
      joins: [],
      leaves: [],
      ended: [],
      returned: [],
      ...news,
    });
  const first = turn({ everything: { waiting, departed, peers: [] } });
  const later = (ms: number): void => {
    now += ms;
  };
  return { ledger, turn, first, later };
}

const TEN = Array.from({ length: 10 }, (_, index) => joining(`t${index}`));

describe("turn()", () => {
  it("sends one probe, then the process's part at its pace", () => {
    const { first, turn, later } = bench(TEN);
    expect(first).toMatchObject({ granted: ["t0"], probe: "t0", apart: { processes: 3 } });
    expect(first.peers).toEqual(["a", "b", "c"]);
    later(20);
    expect(
      turn({ answered: ["t0"], ended: [{ ticket: "t0", outcome: "answered" }] }).granted,
    ).toEqual([]);
    let granted = 1;
    for (let step = 0; step < 60; step += 1) {
      later(100);
      granted += turn().granted.length;
    }
    expect(granted).toBe(7);
  });

  it("counts what this process sent before, and the parts of the others as used", () => {
    const unit = { ticket: "d", consumer: "a", cost: 1, agoMs: 100, underWay: false };
    const { first } = bench([], [unit, { ...unit, ticket: "e" }]);
    expect(first.standings).toMatchObject([{ quota: "test", used: 2 + 13 }]);
  });

  it("refuses what its part can never hold", () => {
    const { first } = bench([joining("big", { cost: 8 }), joining("small")]);
    expect(first).toMatchObject({ refused: [{ ticket: "big", why: "apart" }], granted: ["small"] });
  });
});

describe("askEverything()", () => {
  it("grants nothing and asks for all there is", () => {
    const { ledger } = bench(TEN);
    expect(ledger.askEverything()).toMatchObject({ granted: [], askEverything: true });
  });
});

describe("pause()", () => {
  it("holds here, and says for how long", () => {
    const { ledger, turn, later } = bench();
    expect(ledger.pause({ process: "b", ticket: "x", forMs: 4000 })).toBe(4000);
    expect(turn({ joins: TEN })).toMatchObject({ granted: [], pausedForMs: 4000 });
    later(4000);
    expect(turn().granted).toEqual(["t0"]);
  });
});

describe("outlook()", () => {
  it("tells the terms that it goes by", () => {
    expect(bench(TEN).ledger.outlook()).toMatchObject({
      terms: { quotas: [{ limit: 7 }] },
      probing: true,
    });
  });
});
