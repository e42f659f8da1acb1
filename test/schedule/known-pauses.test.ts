import { describe, expect, it } from "vitest";
import { KnownPauses } from "../../src/schedule/known-pauses.ts";
import type { PolicyPause, TurnReply } from "../../src/ports/ledger.ts";

const [r, s] = [[{ name: "r" }], [{ name: "s" }]] as const;

function reply(pausedForMs: number, policies: readonly PolicyPause[] = [], probe = ""): TurnReply {
  const nothing = { granted: [], refused: [], wakeInMs: 0, peers: [], standings: [], waiting: 0 };
  return { ...nothing, askEverything: false, pausedForMs, policies, probe };
}

describe("KnownPauses", () => {
  it("knows the upstream's pauses for all, a policy's for what is under it", () => {
    const pauses = new KnownPauses();
    expect(pauses.knownAt(r)).toBe(-Infinity);
    pauses.hear(5, "r");
    expect([pauses.knownAt(), pauses.knownAt(r), pauses.knownAt(s)]).toEqual([
      -Infinity,
      5,
      -Infinity,
    ]);
    pauses.hear(9);
    expect([pauses.knownAt(), pauses.knownAt(r), pauses.knownAt(s)]).toEqual([9, 9, 9]);
  });

  it("learns from each reply how long they hold yet, and which tickets probe", () => {
    const pauses = new KnownPauses();
    pauses.learn(reply(0, [{ policy: "r", pausedForMs: 50, probe: "" }], "t"), 100);
    expect([pauses.leftMs(120), pauses.leftMs(120, r), pauses.leftMs(120, s)]).toEqual([0, 30, 0]);
    expect(pauses.policies(120)).toEqual([{ policy: "r", pausedForMs: 30 }]);
    expect([pauses.isProbe("t"), pauses.isProbe("u")]).toEqual([true, false]);
    pauses.learn(reply(20, [{ policy: "r", pausedForMs: 0, probe: "u" }]), 160);
    expect([pauses.leftMs(160), pauses.leftMs(160, r)]).toEqual([20, 20]);
    expect([pauses.isProbe("t"), pauses.isProbe("u")]).toEqual([false, true]);
    pauses.learn(reply(0), 200);
    expect(pauses.policies(200)).toEqual([]);
    // What was granted before a pause was known stays out of date.
    expect(pauses.knownAt(r)).toBe(160);
  });
});
