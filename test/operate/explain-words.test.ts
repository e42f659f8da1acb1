import { describe, expect, it } from "vitest";
import { accessRecord, newNotes, type Notes } from "../../src/observe/access-record.ts";
import { pastSummaryOf, summaryOf } from "../../src/operate/explain-words.ts";
import { upstream } from "../support/settings.ts";
import type { ProblemType } from "../../src/http/problem.ts";
import type { Explanation } from "../../src/explain.ts";

const STORED = {
  status: 200,
  ageMs: 12_000,
  ttlMs: 48_000,
  overridden: true,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  servesWhileRevalidated: false,
  servesOnError: false,
};
const MISS = {
  kind: "asked",
  key: "k",
  collapses: true,
  away: false,
  found: "nothing",
  reason: "uri-miss",
  pending: [],
} as const;

function explained(changes: Partial<Explanation> = {}): Explanation {
  const asked = {
    method: "GET",
    upstream: upstream(),
    route: undefined,
    caller: { name: "sync", weight: 1, mayForce: false },
    path: "/x",
    query: "",
    fields: [],
    waitMs: 30_000,
    urgency: 3,
  };
  return {
    supposed: { asked },
    cache: MISS,
    forward: {
      cost: 2,
      mayWaitMs: 30_000,
      policies: [],
      pausedMs: 0,
      forecast: { place: 4, waitMs: 1240, boundMs: 4100, share: 0.25, waiting: 9 },
      inTime: "yes",
      quotas: [],
    },
    outcome: { kind: "forwarded" },
    ...changes,
  };
}

function refused(problem: ProblemType) {
  return { kind: "refused", problem } as const;
}

function past(notes: Partial<Notes>, status = 200): string {
  const ending = { status, totalMs: 31_000, bodyBytes: 0, end: "complete" } as const;
  const record = accessRecord({ ...newNotes("r", "GET"), ...notes }, ending);
  return pastSummaryOf({ ...record, endedAt: 0 });
}

describe("summaryOf()", () => {
  it("tells where a request would go, at what cost, when, and by what share", () => {
    expect(summaryOf(explained())).toBe(
      "Nothing is stored that may answer it (uri-miss), so it would go to api. It would cost 2 units, be number 4 in line and leave in about 1.2 s, by the share of sync (25 % of each window) in 4.1 s at the latest; it may wait 30 s.",
    );
  });

  it("tells the inner quotas that it would be under, and which of them holds it back", () => {
    const policies = [
      { name: "route:reports", limit: 20, windowMs: 60_000, padMs: 1000 },
      { name: "cap:sync", limit: 60, windowMs: 60_000, padMs: 1000 },
    ];
    const { forward } = explained();
    const under =
      "Beside the upstream's quota it is under the route limit reports (20 in 60 s) and the cap of sync (60 in 60 s).";
    const free = summaryOf(explained({ forward: { ...forward, policies } }));
    expect(free.endsWith(under)).toBe(true);
    const forecast = { ...forward.forecast, heldBy: "cap:sync" } as typeof forward.forecast;
    const held = explained({
      forward: { ...forward, policies, ...(forecast ? { forecast } : {}) },
    });
    expect(summaryOf(held)).toContain(`${under} What would hold it back is the cap of sync.`);
  });

  it("tells what is stored, fresh and stale", () => {
    const cache = { ...MISS, found: "fresh", stored: STORED } as const;
    expect(summaryOf(explained({ cache, outcome: { kind: "stored" } }))).toBe(
      "It would be answered from the store: what is stored is 12 s old and fresh for another 48 s. Nothing would be sent or spent.",
    );
    const stale = { ...cache, stored: { ...STORED, ttlMs: -2000 } };
    expect(
      summaryOf(explained({ cache: stale, outcome: { kind: "stored", why: "paused" } })),
    ).toMatch(/12 s old, stale for 2 s, and may be given all the same \(paused\)/);
  });

  it("tells why nothing stored is looked for, of a pause, and of a write under way", () => {
    const bypassed = explained({ cache: { kind: "bypassed", why: "no-policy" } });
    expect(summaryOf(bypassed)).toMatch(/^Since its route has no cache, it would go to api\./);
    const { forward } = bypassed;
    expect(
      summaryOf(explained({ forward: { ...forward, policies: [], pausedMs: 20_000 } })),
    ).toMatch(/A pause holds for another 20 s\.$/);
    const pending = { ...MISS, pending: ["api path /x"] };
    expect(summaryOf(explained({ cache: pending }))).toMatch(/would not be stored, since a write/);
  });

  it("tells why a request would be refused", () => {
    const { supposed, forward } = explained();
    const no = {
      supposed: { ...supposed, refused: "not-allowed" },
      outcome: refused("not-allowed"),
    };
    expect(summaryOf(explained(no as Partial<Explanation>))).toMatch(/the allow-list of sync/);
    expect(summaryOf(explained({ outcome: refused("draining") }))).toMatch(/shutting down/);
    expect(summaryOf(explained({ outcome: refused("only-if-cached") }))).toMatch(/only-if-cached/);
    const late = { forward: { ...forward, inTime: "no" }, outcome: refused("deadline-passed") };
    expect(summaryOf(explained(late as Partial<Explanation>))).toMatch(
      /refused \(deadline-passed\): .* it may wait 30 s, which is too short\.$/,
    );
    const { forecast: _, ...lost } = forward;
    const away = explained({
      forward: { ...lost, inTime: "unknown" },
      outcome: { kind: "refused", problem: "store-unavailable" },
    });
    expect(summaryOf(away)).toMatch(/the ledger is out of reach/);
  });
});

describe("pastSummaryOf()", () => {
  it("tells where the time went, and what was met", () => {
    const cache = { kind: "forward", reason: "uri-miss", stored: true, collapsed: false } as const;
    expect(
      past({ queueMs: 30_400, upstreamMs: 500, forwards: 2, throttled: 1, cache, note: "A note." }),
    ).toBe(
      "Answered 200 after 31 s: 30 s in line, 500 ms at the upstream. It was sent 2 times. The upstream said 429 to it once. A note.",
    );
  });

  it("tells of what was stored, stale, shared or refused", () => {
    expect(past({ cache: { kind: "hit", ttlMs: 5 }, stale: "paused" })).toMatch(
      /answered from the store\. What it was given was stale \(paused\)\.$/,
    );
    const cache = { kind: "forward", reason: "miss", stored: false, collapsed: true } as const;
    expect(past({ cache })).toMatch(/It shared a forward/);
    expect(past({ problem: "deadline-passed" }, 429)).toMatch(
      /^Refused or failed \(deadline-passed\) after 31 s/,
    );
  });
});
