import { describe, expect, it } from "vitest";
import { audit } from "./auditor.ts";
import type { Arrived, Campaign, Ending, Excuse, Round, Tried } from "./record.ts";

/*
 * The auditor is what the bench rests on, so each promise is broken here on the record, and it must say so.
 */

const FINE: Extract<Ending, { kind: "answer" }> = {
  kind: "answer",
  status: 200,
  told: { kind: "ticket", id: 1, version: 0 },
  fromStore: false,
  away: false,
};

function tried(changes: Partial<Tried> = {}): Tried {
  const standard = { method: "GET", path: "/ticket/1", startedAt: 100, endedAt: 110 } as const;
  return { ...standard, instance: 0, ending: FINE, ...changes };
}

function excuse(changes: Partial<Excuse> = {}): Excuse {
  return { problems: [], breaks: false, odd: false, from: 0, to: 1000, ...changes };
}

function round(changes: Partial<Round> = {}): Round {
  const standard = { faults: ["a fault"], beganAt: 0, endedAt: 500, overAt: 1000 };
  return { ...standard, excuses: [], arrivals: [0, 100], violations: 0, ...changes };
}

function campaign(changes: Partial<Campaign> = {}): Campaign {
  const standard = { windowMs: 1000, tried: [], rounds: [round()], arrived: [], crashes: [] };
  return { ...standard, killed: new Map(), ...changes };
}

function verdict(changes: Partial<Campaign>) {
  const [first] = audit(campaign(changes));
  if (!first) throw new Error("There is no verdict.");
  return first;
}

function write(version: number, changes: Partial<Tried> = {}): Tried {
  const ending: Ending = { ...FINE, told: { kind: "ticket", id: 1, version } };
  return tried({ method: "PUT", version, ending, ...changes });
}

function later(startedAt: number, changes: Partial<Tried> = {}): Tried {
  return tried({ startedAt, endedAt: startedAt + 10, ...changes });
}

function shows(version: number, away = false): Ending {
  return { ...FINE, told: { kind: "ticket", id: 1, version }, away };
}

function problem(type: string, flaw?: string): Ending {
  return { kind: "problem", status: 503, type, ...(flaw === undefined ? {} : { flaw }) };
}

function came(version: number, changes: Partial<Arrived> = {}): Arrived {
  return { atMs: 1, method: "PUT", status: 200, version, ...changes };
}

describe("audit() of the quota", () => {
  it("tells the fullest window that ended in each round, and the violations that were counted", () => {
    const at = [0, 10, 20, 1500, 1501, 3000].map((atMs) => ({ atMs, method: "GET", status: 200 }));
    const rounds = [
      round({ arrivals: [0, 3], violations: 2 }),
      round({ beganAt: 1000, overAt: 2000, arrivals: [3, 6] }),
    ];
    const verdicts = audit(campaign({ arrived: at, rounds }));
    expect(verdicts.map(({ worst, violations }) => [worst, violations])).toEqual([
      [3, 2],
      [2, 0],
    ]);
  });

  it("counts what came exactly a window ago no more", () => {
    const arrived = [0, 1000].map((atMs) => ({ atMs, method: "GET", status: 200 }));
    expect(verdict({ arrived }).worst).toBe(1);
  });
});

describe("audit() of lost answers", () => {
  it("finds nothing where every exchange was answered", () => {
    expect(verdict({ tried: [tried()] })).toMatchObject({ lost: 0, wrong: 0, findings: [] });
  });

  it("finds a connection that broke for no reason", () => {
    const ending: Ending = { kind: "broken", how: "ECONNRESET" };
    expect(verdict({ tried: [tried({ ending })] })).toMatchObject({
      lost: 1,
      findings: ["GET /ticket/1 at 0: ECONNRESET"],
    });
  });

  it.each([
    { name: "its process was killed meanwhile", killedAt: 105, lost: 0 },
    { name: "its process was killed long before it was asked", killedAt: -5000, lost: 1 },
    { name: "its process was killed afterwards", killedAt: 200, lost: 1 },
  ])("judges one that broke where $name", ({ killedAt, lost }) => {
    const ending: Ending = { kind: "broken", how: "ECONNRESET" };
    const killed = new Map([[0, killedAt]]);
    expect(verdict({ tried: [tried({ ending })], killed }).lost).toBe(lost);
  });

  it("lets one break where the upstream breaks off, and no longer than that", () => {
    const ending: Ending = { kind: "broken", how: "other side closed" };
    const lost = [100, 99].map((to) => {
      const rounds = [round({ excuses: [excuse({ breaks: true, to })] })];
      return verdict({ tried: [tried({ ending })], rounds }).lost;
    });
    expect(lost).toEqual([0, 1]);
  });

  it("finds a request that no instance took", () => {
    const ending: Ending = { kind: "untaken" };
    expect(verdict({ tried: [tried({ ending, instance: -1 })] }).lost).toBe(1);
  });

  it("finds a write that was answered and never came", () => {
    expect(verdict({ tried: [write(4)] }).lost).toBe(1);
    expect(verdict({ tried: [write(4)], arrived: [came(4)] }).lost).toBe(0);
  });
});

describe("audit() of problem documents", () => {
  it("takes a refusal for want of quota as true at any time", () => {
    const one = verdict({ tried: [tried({ ending: problem("deadline-passed") })] });
    expect(one).toMatchObject({ wrong: 0, problems: { "deadline-passed": 1 } });
  });

  it("finds a reason that is not true, and one that was true earlier", () => {
    const ending = problem("store-unavailable");
    const wrong = [-1, 99, 100].map((to) => {
      const rounds = [round({ excuses: [excuse({ problems: ["store-unavailable"], to })] })];
      return verdict({ tried: [tried({ ending })], rounds }).wrong;
    });
    expect(wrong).toEqual([1, 1, 0]);
  });

  it("never takes `internal` as true", () => {
    const rounds = [round({ excuses: [excuse({ problems: ["store-unavailable"] })] })];
    expect(verdict({ tried: [tried({ ending: problem("internal") })], rounds }).wrong).toBe(1);
  });

  it("finds a document that is malformed, even with a true reason", () => {
    const ending = problem("deadline-passed", "no detail");
    expect(verdict({ tried: [tried({ ending })] }).wrong).toBe(1);
  });

  it.each(["upstream-unreachable", "upstream-down"])(
    "takes %s as true of an upstream that can never be reached, and only of that one",
    (type) => {
      const ending = problem(type);
      expect(verdict({ tried: [tried({ ending, path: "/nowhere/ticket/1" })] }).wrong).toBe(0);
      expect(verdict({ tried: [tried({ ending })] }).wrong).toBe(1);
    },
  );

  it("reads the path below the mount of the upstream behind TLS, and counts no recovery by it", () => {
    const path = "/secure/ticket/1";
    const rounds = [round({})];
    const startedAt = rounds[0]?.endedAt ?? 0;
    const one = tried({ ending: FINE, path, startedAt, endedAt: startedAt + 5 });
    const { wrong, recoveredMs } = verdict({ tried: [one], rounds });
    expect({ wrong, recoveredMs }).toEqual({ wrong: 0, recoveredMs: undefined });
  });
});

describe("audit() of exchanges without an end", () => {
  it.each([
    ["nothing explains", {}, 1],
    ["an upstream that breaks off does not explain", { breaks: true }, 1],
    ["a machine that lets nobody run explains", { slow: true }, 0],
  ])("takes one that %s", (_what, explained, lost) => {
    const ending = { kind: "broken", how: "no answer", unanswered: true } as const;
    const rounds = [round({ excuses: [excuse(explained)] })];
    expect(verdict({ tried: [tried({ ending })], rounds }).lost).toBe(lost);
  });

  it("takes an answer that broke off as lost, also where the machine lets nobody run", () => {
    const ending = { kind: "broken", how: "ECONNRESET" } as const;
    const rounds = [round({ excuses: [excuse({ slow: true })] })];
    expect(verdict({ tried: [tried({ ending })], rounds }).lost).toBe(1);
  });
});

describe("audit() of bodies", () => {
  it.each<{ name: string; ending: Ending }>([
    { name: "of another path", ending: { ...FINE, told: { kind: "ticket", id: 2, version: 0 } } },
    { name: "of another kind", ending: { ...FINE, told: { kind: "invoice", id: 1, version: 0 } } },
    { name: "of nothing", ending: { kind: "answer", status: 200, fromStore: true, away: false } },
    { name: "of a failure", ending: { ...FINE, status: 500 } },
  ])("finds one $name", ({ ending }) => {
    expect(verdict({ tried: [tried({ ending })] }).wrong).toBe(1);
  });

  it("takes failures and strange bodies of an upstream that has them, and no wrong ones", () => {
    const rounds = [round({ excuses: [excuse({ odd: true })] })];
    const of = (ending: Ending) => verdict({ rounds, tried: [tried({ ending })] }).wrong;
    expect(of({ ...FINE, status: 503 })).toBe(0);
    expect(of({ kind: "answer", status: 200, fromStore: false, away: false })).toBe(0);
    expect(of({ ...FINE, told: { kind: "ticket", id: 2, version: 0 } })).toBe(1);
  });
});

describe("audit() of freshness after a write", () => {
  const arrived = [came(3), came(7)];

  it("finds a GET that began after a write had been answered and shows less", () => {
    const one = tried({ startedAt: 120, endedAt: 130, ending: shows(3) });
    const all = [write(3, { startedAt: 10, endedAt: 20 }), write(7), one];
    expect(verdict({ arrived, tried: all })).toMatchObject({
      wrong: 1,
      findings: ["GET /ticket/1 at 0: shows write 3 after 7"],
    });
  });

  it.each([
    { name: "that began before the write was answered", startedAt: 109, ending: shows(3) },
    { name: "that shows that write", startedAt: 120, ending: shows(7) },
    { name: "that shows a later one", startedAt: 120, ending: shows(9) },
    {
      name: "that is marked as given while the store was away",
      startedAt: 120,
      ending: shows(3, true),
    },
  ])("takes a GET $name", ({ startedAt, ending }) => {
    const one = tried({ startedAt, endedAt: 130, ending });
    const all = [write(3, { startedAt: 10, endedAt: 20 }), write(7), one];
    expect(verdict({ arrived, tried: all }).wrong).toBe(0);
  });

  it("asks nothing of a write that failed", () => {
    const failed = write(7, { ending: problem("deadline-passed") });
    const one = tried({ startedAt: 120, endedAt: 130, ending: shows(3) });
    expect(verdict({ arrived, tried: [failed, one] }).wrong).toBe(0);
  });
});

describe("audit() of writes", () => {
  it("finds one that came twice, in the round in which it came again", () => {
    const rounds = [round({ arrivals: [0, 1] }), round({ overAt: 2000, arrivals: [1, 2] })];
    const verdicts = audit(campaign({ rounds, arrived: [came(3), came(3, { status: 0 })] }));
    expect(verdicts.map(({ duplicates }) => duplicates)).toEqual([0, 1]);
  });

  it("counts no refusal, since that was not processed", () => {
    expect(verdict({ arrived: [came(3, { status: 429 }), came(3)] }).duplicates).toBe(0);
  });
});

describe("audit() of recovery", () => {
  it("ends when each instance has answered from the upstream", () => {
    const all = [later(510), later(600, { instance: 1 }), later(700)];
    expect(verdict({ tried: all }).recoveredMs).toBe(110);
  });

  it("is not told where one has not, and answers from store do not count", () => {
    const ending: Ending = { ...FINE, fromStore: true };
    const all = [later(510), later(600, { instance: 1, ending })];
    expect(verdict({ tried: all })).not.toHaveProperty("recoveredMs");
  });

  it("counts answers from store until the faults end", () => {
    const ending: Ending = { ...FINE, fromStore: true };
    const all = [tried({ ending }), tried(), later(600, { ending })];
    expect(verdict({ tried: all }).fromStore).toBe(1);
  });
});
