import { describe, expect, it } from "vitest";
import { ApartLedger } from "../../src/schedule/apart-ledger.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { joining } from "../support/book.ts";
import { terms } from "../support/ledger-world.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";
import type { LedgerHint, LedgerTerms, TurnReport } from "../../src/ports/ledger.ts";

const ALL = { waiting: [], departed: [], peers: [] };

/** One process that turns by hand before a store that fails when told; another that is known to be there. */
async function bench(changes: Partial<LedgerTerms> = {}) {
  const clock = new FakeClock();
  const shared = new SharedMemory();
  const ledgerTerms = terms({ apart: true, ...changes });
  const store = new MemoryLedger(shared, ledgerTerms, clock);
  const ledger = new ApartLedger({ store, clock, terms: ledgerTerms });
  const hints: LedgerHint[] = [];
  ledger.onHint((hint) => hints.push(hint));
  let sequence = 0;
  const empty = { joins: [], leaves: [], ended: [], returned: [] };
  const turn = (report: Partial<TurnReport> = {}) => {
    sequence += 1;
    return ledger.turn({ process: "p", sequence, ...empty, ...report });
  };
  await turn({ everything: ALL });
  await store.turn({ process: "q", sequence: 1, ...empty, everything: ALL });
  for (let times = 0; times < 5; times += 1) {
    await clock.advance(500);
    await turn();
  }
  /** The store is lost now; returns once this process goes by its own part. */
  const apart = async (waiting = [joining("w1"), joining("w2")]) => {
    shared.failing = "before";
    await expect(turn()).rejects.toThrow(StoreFault);
    await clock.advance(6200);
    return turn({ everything: { ...ALL, waiting } });
  };
  return { clock, shared, ledger, hints, turn, apart };
}

describe("turn()", () => {
  it("fails for a whole span after the loss, then goes by the process's own part", async () => {
    const { clock, shared, turn } = await bench();
    shared.failing = "before";
    await expect(turn()).rejects.toThrow(StoreFault);
    await clock.advance(6199);
    await expect(turn({ joins: [joining("a")] })).rejects.toThrow(StoreFault);
    await clock.advance(1);
    const reply = await turn({ everything: { ...ALL, waiting: [joining("a")] } });
    expect(reply).toMatchObject({ granted: ["a"], apart: { processes: 2 }, peers: ["p", "q"] });
  });

  it("begins the span anew after a turn that came through", async () => {
    const { clock, shared, turn } = await bench();
    shared.failing = "before";
    await expect(turn()).rejects.toThrow(StoreFault);
    await clock.advance(4000);
    shared.failing = "no";
    await turn({ everything: ALL });
    shared.failing = "before";
    await expect(turn()).rejects.toThrow(StoreFault);
    await clock.advance(4000);
    await expect(turn()).rejects.toThrow(StoreFault);
  });

  it("goes by no part of which the others may not know", async () => {
    const { clock, shared, turn } = await bench();
    await clock.advance(3000);
    shared.failing = "before";
    await expect(turn()).rejects.toThrow(StoreFault);
    await clock.advance(60_000);
    await expect(turn()).rejects.toThrow(StoreFault);
  });

  it("sends no turn to a store that does not answer, so that none takes effect unheard", async () => {
    const { shared, turn } = await bench();
    shared.failing = "after";
    await expect(turn()).rejects.toThrow(StoreFault);
    const { length } = shared.reports;
    await expect(turn()).rejects.toThrow(StoreFault);
    expect(shared.reports).toHaveLength(length);
  });

  it("hands in everything before the store grants again, and says so by a hint", async () => {
    const { clock, shared, hints, turn, apart } = await bench();
    await apart();
    hints.length = 0;
    shared.failing = "no";
    await clock.advance(100);
    expect(hints).toEqual([{ kind: "granted" }]);
    expect(await turn({ joins: [joining("n")] })).toMatchObject({
      askEverything: true,
      granted: [],
    });
    const departed = [{ ticket: "w1", consumer: "a", cost: 1, agoMs: 50, underWay: false }];
    const waiting = [joining("w2"), joining("n")];
    const back = await turn({ everything: { ...ALL, waiting, departed } });
    expect(back.apart).toBeUndefined();
    // It was away for so long that others may have sent, too: nothing before they were heard.
    expect(back).toMatchObject({ granted: [], standings: [{ used: 1 }], waiting: 2 });
  });

  it("goes on by the part where the store fails again in the turn that would end it", async () => {
    const { clock, shared, turn, apart } = await bench();
    await apart();
    shared.failing = "no";
    await clock.advance(100);
    shared.failing = "before";
    const reply = await turn({ everything: { ...ALL, waiting: [joining("w2")] } });
    expect(reply.apart).toEqual({ processes: 2 });
    shared.failing = "no";
    await clock.advance(200);
    expect((await turn({ everything: ALL })).apart).toBeUndefined();
  });
});

describe("pause()", () => {
  it("that was known at the loss holds on", async () => {
    const { ledger, apart } = await bench();
    await ledger.pause({ process: "p", ticket: "x", forMs: 8000 });
    expect(await apart()).toMatchObject({ granted: [], pausedForMs: 1800 });
  });

  it("holds here while the store is away, and there when it is back", async () => {
    const { clock, shared, ledger, turn, apart } = await bench();
    await apart();
    await ledger.pause({ process: "p", ticket: "w1", forMs: 5000 });
    expect((await turn()).pausedForMs).toBe(5000);
    shared.failing = "no";
    await clock.advance(1000);
    expect((await turn({ everything: ALL })).pausedForMs).toBe(4000);
  });

  it("fails where the store was lost a moment ago, and counts as its loss", async () => {
    const { clock, shared, ledger, turn } = await bench();
    shared.failing = "before";
    const pause = { process: "p", ticket: "x", forMs: 50_000 };
    await expect(ledger.pause(pause)).rejects.toThrow(StoreFault);
    await clock.advance(6200);
    await ledger.pause({ ...pause, forMs: 43_800 });
    expect(await turn({ everything: ALL })).toMatchObject({ pausedForMs: 43_800 });
  });
});

describe("outlook()", () => {
  it("is the own ledger's while that decides", async () => {
    const { ledger, apart } = await bench();
    expect((await ledger.outlook()).terms).toBeUndefined();
    await apart();
    expect((await ledger.outlook()).terms).toMatchObject({ quotas: [{ limit: 10 }] });
  });
});

describe("leave()", () => {
  it("looks for the store no more", async () => {
    const { clock, shared, ledger, apart } = await bench();
    await apart();
    await expect(ledger.leave("p")).rejects.toThrow(StoreFault);
    await settle();
    const { outlooks } = shared;
    await clock.advance(1000);
    expect(shared.outlooks).toBe(outlooks);
  });
});
