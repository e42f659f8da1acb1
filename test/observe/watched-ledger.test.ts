import { describe, expect, it } from "vitest";
import { StoreFault } from "../../src/ports/faults.ts";
import { WatchedLedger } from "../../src/observe/watched-ledger.ts";
import type { Ledger, PauseReport, TurnReply } from "../../src/ports/ledger.ts";
import { outlook } from "../support/outlook.ts";

const REPORT = { process: "p", sequence: 1, joins: [], leaves: [], ended: [], returned: [] };

function world() {
  const state = { now: 1000, pausedForMs: 0, tookMs: 0, away: false };
  const calls: string[] = [];
  const reply = (): TurnReply => ({
    granted: [],
    refused: [],
    wakeInMs: 5,
    pausedForMs: state.pausedForMs,
    askEverything: false,
    peers: [],
    standings: [],
    policies: [],
    waiting: 0,
    probe: "",
  });
  const inner: Ledger = {
    async turn({ process }) {
      calls.push(`turn ${process}`);
      state.now += state.tookMs;
      return reply();
    },
    async pause({ ticket }: PauseReport) {
      calls.push(`pause ${ticket}`);
    },
    onHint: () => void calls.push("onHint"),
    async leave(process) {
      calls.push(`leave ${process}`);
    },
    async outlook() {
      if (state.away) throw new StoreFault("gone");
      return outlook({ underWay: 3 });
    },
    async close() {
      calls.push("close");
    },
  };
  const ledger = new WatchedLedger(inner, { monotonic: () => state.now });
  return { state, calls, ledger };
}

describe("WatchedLedger", () => {
  it("passes everything on", async () => {
    const { ledger, calls } = world();
    expect(await ledger.turn(REPORT)).toMatchObject({ wakeInMs: 5 });
    await ledger.pause({ process: "p", ticket: "t" });
    ledger.onHint(() => {});
    await ledger.leave("p");
    expect(await ledger.outlook()).toMatchObject({ underWay: 3 });
    await ledger.close();
    expect(calls).toEqual(["turn p", "pause t", "onHint", "leave p", "close"]);
  });

  it("knows of no pause any more that an operator has ended", async () => {
    const { ledger, state } = world();
    state.pausedForMs = 5000;
    await ledger.turn(REPORT);
    await ledger.pause({ process: "o", ticket: "o", ordered: true, forMs: 0 });
    expect([ledger.pauses, ledger.pausedForMs]).toEqual([1, 0]);
  });

  it("counts a pause once, however many turns tell of it, and another as another", async () => {
    const { ledger, state } = world();
    await ledger.turn(REPORT);
    expect([ledger.pauses, ledger.pausedForMs]).toEqual([0, 0]);
    state.pausedForMs = 5000;
    await ledger.turn(REPORT);
    state.now += 4000;
    state.pausedForMs = 1000;
    await ledger.turn(REPORT);
    expect([ledger.pauses, ledger.pausedForMs]).toEqual([1, 1000]);
    state.now += 1000;
    expect(ledger.pausedForMs).toBe(0);
    await ledger.turn(REPORT);
    expect(ledger.pauses).toBe(2);
  });

  it("takes a slow reply about a pause that was known for no new one", async () => {
    const { ledger, state } = world();
    state.pausedForMs = 1000;
    await ledger.turn(REPORT);
    state.now += 990;
    Object.assign(state, { pausedForMs: 10, tookMs: 50 });
    await ledger.turn(REPORT);
    expect(ledger.pauses).toBe(1);
  });

  it("counts the pause that this process reports, and not once more when the next turn tells of it", async () => {
    const { ledger, state } = world();
    await ledger.pause({ process: "p", ticket: "t", forMs: 3000 });
    state.pausedForMs = 2990;
    state.now += 10;
    await ledger.turn(REPORT);
    expect([ledger.pauses, ledger.pausedForMs]).toEqual([1, 2990]);
    state.now += 10_000;
    await ledger.pause({ process: "p", ticket: "u" });
    expect(ledger.pauses).toBe(2);
  });

  it("looks, and finds nothing where the ledger is out of reach", async () => {
    const { ledger, state } = world();
    expect(await ledger.look()).toMatchObject({ underWay: 3 });
    state.away = true;
    expect(await ledger.look()).toBeUndefined();
  });
});
