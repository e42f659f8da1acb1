import { describe, expect, it } from "vitest";
import { Problem } from "../../src/http/problem.ts";
import { Scheduler } from "../../src/schedule/scheduler.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { terms, worstWindow } from "../support/ledger-world.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";
import type { LedgerTerms } from "../../src/ports/ledger.ts";
import type { PermitRequest } from "../../src/schedule/askers.ts";
import type { Permit } from "../../src/schedule/permit.ts";

class Bench {
  readonly clock = new FakeClock();
  readonly shared = new SharedMemory();
  readonly store: string[] = [];
  readonly terms: LedgerTerms;
  readonly departures: number[] = [];

  constructor(changes: Partial<LedgerTerms> = {}) {
    this.terms = terms(changes);
  }

  scheduler(): Scheduler {
    return new Scheduler({
      ledger: new MemoryLedger(this.shared, this.terms, this.clock),
      clock: this.clock,
      terms: this.terms,
      onStore: ({ kind }) => this.store.push(kind),
    });
  }

  request(changes: Partial<PermitRequest> = {}): PermitRequest {
    const since = this.clock.monotonic();
    return {
      consumer: "a",
      weight: 1,
      cost: 1,
      urgency: 3,
      since,
      deadline: since + 30_000,
      returning: false,
      signal: new AbortController().signal,
      ...changes,
    };
  }

  /** Asks, departs when granted, and is answered at once. */
  async send(scheduler: Scheduler): Promise<void> {
    const permit = await scheduler.acquire(this.request());
    if (permit.mayDepart()) this.departures.push(this.clock.monotonic());
    permit.end("answered");
  }
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const reason: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(reason instanceof Problem)) throw new Error(`No problem: ${String(reason)}`);
  return reason;
}

describe("acquire()", () => {
  it("grants the whole limit at once, then waits for the window", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    for (let index = 0; index < 25; index += 1) void bench.send(scheduler);
    await bench.clock.advance(6000);
    expect(bench.departures).toHaveLength(20);
    await bench.clock.advance(10_000);
    expect(bench.departures).toHaveLength(25);
    expect(worstWindow(bench.departures, 6000)).toBe(20);
  });

  it("refuses with 429, the wait and Retry-After when the deadline passes, and leaves the line", async () => {
    // All places are taken by calls whose end nobody can foresee.
    const bench = new Bench({ concurrency: 20 });
    const scheduler = bench.scheduler();
    for (let index = 0; index < 20; index += 1) void scheduler.acquire(bench.request());
    await bench.clock.advance(5900);
    const late = problemOf(
      scheduler.acquire(bench.request({ deadline: bench.clock.monotonic() + 500 })),
    );
    await bench.clock.advance(501);
    const problem = await late;
    expect(problem.type).toBe("deadline-passed");
    expect(problem.details.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(problem.details.members).toMatchObject({ waitedMs: 500 });
    expect(scheduler.load.waiting).toBe(0);
    expect(bench.shared.tables.read("state", "waiting")).toBe("0");
  });

  it("gives an abandoned ticket's place back at once and spends nothing for it", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    for (let index = 0; index < 20; index += 1) void bench.send(scheduler);
    await bench.clock.advance(1);
    const client = new AbortController();
    const abandoned = Array.from({ length: 1000 }, () =>
      scheduler
        .acquire(bench.request({ deadline: 1e6, signal: client.signal }))
        .catch((error: unknown) => error),
    );
    await bench.clock.advance(10);
    expect(bench.shared.tables.read("state", "waiting")).toBe("1000");
    client.abort(new Error("left"));
    await settle();
    expect(bench.shared.tables.read("state", "waiting")).toBe("0");
    expect(await abandoned[0]).toMatchObject({ message: "left" });
    void bench.send(scheduler);
    await bench.clock.advance(6500);
    expect(bench.departures).toHaveLength(21);
  });

  it("does not ask for a client that has left already", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const asked = scheduler.acquire(
      bench.request({ signal: AbortSignal.abort(new Error("left")) }),
    );
    await expect(asked).rejects.toThrow("left");
  });

  it("refuses at once what exceeds the queue's bound", async () => {
    const bench = new Bench({ maxWaiting: 3 });
    const scheduler = bench.scheduler();
    for (let index = 0; index < 20; index += 1) {
      void bench.send(scheduler);
      await bench.clock.advance(1);
    }
    for (let index = 0; index < 3; index += 1) void scheduler.acquire(bench.request());
    const refused = problemOf(scheduler.acquire(bench.request()));
    await bench.clock.advance(1);
    expect((await refused).type).toBe("queue-full");
    expect(scheduler.load.waiting).toBe(3);
  });

  it("refuses at once, with its place and an honest Retry-After, what cannot leave before its deadline", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    for (let index = 0; index < 20; index += 1) void bench.send(scheduler);
    await bench.clock.advance(1);
    for (let index = 0; index < 40; index += 1) {
      scheduler.acquire(bench.request()).catch(() => {});
    }
    await bench.clock.advance(100);
    const late = problemOf(scheduler.acquire(bench.request({ deadline: 6000 })));
    await bench.clock.advance(0);
    const { type, details } = await late;
    expect(type).toBe("deadline-passed");
    // Forty stand before it: two windows and a pace, less the tenth of a second that is over.
    const { place, predictedMs } = details.members ?? {};
    expect(place).toBe(41);
    expect(Number(predictedMs)).toBeGreaterThan(18_000);
    expect(Number(predictedMs)).toBeLessThan(19_500);
    expect(details.retryAfterSeconds).toBe(Math.ceil(Number(predictedMs) / 1000));
    expect(details.detail).toContain("number 41 in line");
    expect(scheduler.load.waiting).toBe(40);
  });

  it("refuses nothing at once that a forecast as wrong as it may be still lets through", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    for (let index = 0; index < 20; index += 1) void bench.send(scheduler);
    await bench.clock.advance(1);
    // The window has room after 6.2 s; a second is the forecast's tolerance.
    const [inTime, late] = [5300, 5100].map((deadline) =>
      problemOf(scheduler.acquire(bench.request({ deadline }))),
    );
    await bench.clock.advance(10);
    expect((await late)?.details.members).toMatchObject({ place: 2 });
    expect(scheduler.load.waiting).toBe(1);
    await bench.clock.advance(5300);
    expect((await inTime)?.details.members).toMatchObject({ waitedMs: 5299 });
  });

  it("serves a request that may not wait at once, or refuses it as soon as its turn brings nothing", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const now = (): Promise<Permit> => {
      return scheduler.acquire(bench.request({ deadline: bench.clock.monotonic() }));
    };
    for (let index = 0; index < 20; index += 1) {
      expect((await granted(now(), bench)).mayDepart()).toBe(true);
    }
    const refused = problemOf(now());
    await bench.clock.advance(0);
    expect((await refused).details).toMatchObject({
      retryAfterSeconds: 7,
      members: { place: 1, predictedMs: 6200 },
    });
    expect(scheduler.load.waiting).toBe(0);
    await bench.clock.advance(6200);
    expect((await granted(now(), bench)).mayDepart()).toBe(true);
  });

  it("refuses at once during a pause that is longer than the deadline", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    expect(permit.mayDepart()).toBe(true);
    await scheduler.throttled(permit, { forMs: 50_000 });
    const refused = problemOf(scheduler.acquire(bench.request({ deadline: 30_000 })));
    await bench.clock.advance(1);
    expect((await refused).details).toMatchObject({ retryAfterSeconds: 50 });
  });

  it("looks ahead only while somebody waits, and five times a second at most", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    for (let index = 0; index < 20; index += 1) void bench.send(scheduler);
    await bench.clock.advance(10);
    expect(bench.shared.outlooks).toBe(0);
    for (let index = 0; index < 100; index += 1) {
      scheduler.acquire(bench.request({ deadline: 1e6 })).catch(() => {});
      await bench.clock.advance(10);
    }
    expect(bench.shared.outlooks).toBeGreaterThanOrEqual(4);
    expect(bench.shared.outlooks).toBeLessThanOrEqual(6);
  });

  it("keeps the place of a request that comes back", async () => {
    const bench = new Bench({ concurrency: 1 });
    const scheduler = bench.scheduler();
    const first = await granted(scheduler.acquire(bench.request()), bench);
    const order: string[] = [];
    await bench.clock.advance(50);
    void scheduler.acquire(bench.request()).then(() => order.push("later"));
    await bench.clock.advance(50);
    void scheduler
      .acquire(bench.request({ since: 0, returning: true }))
      .then(() => order.push("returning"));
    await bench.clock.advance(1);
    first.end("answered");
    await bench.clock.advance(1);
    expect(order).toEqual(["returning"]);
  });
});

describe("foresee()", () => {
  it("tells what would await a request, and spends nothing", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const prospect = { consumer: "a", weight: 1, cost: 1, urgency: 3 };
    expect(await scheduler.foresee(prospect)).toMatchObject({ place: 1, waitMs: 0 });
    for (let index = 0; index < 20; index += 1) void bench.send(scheduler);
    await bench.clock.advance(300);
    expect(await scheduler.foresee(prospect)).toMatchObject({ place: 1, waitMs: 5900 });
    expect(scheduler.load.waiting).toBe(0);
    bench.shared.failing = "before";
    await bench.clock.advance(3000);
    expect(await scheduler.foresee(prospect)).toBeUndefined();
  });
});

describe("throttled()", () => {
  it("stops every process at once, and lets a permit that was given before not depart", async () => {
    const bench = new Bench();
    const [one, two] = [bench.scheduler(), bench.scheduler()];
    const throttled = await granted(one.acquire(bench.request()), bench);
    const held = await granted(two.acquire(bench.request()), bench);
    expect(throttled.mayDepart()).toBe(true);
    await one.throttled(throttled, { forMs: 3000 });
    expect(held.mayDepart()).toBe(false);
    held.end("failed");
    const next = departs(two.acquire(bench.request()));
    await bench.clock.advance(2990);
    expect(two.load.waiting).toBe(1);
    await bench.clock.advance(20);
    expect(await next).toBe(true);
  });

  it("of a policy stops what is under it alone, in every process", async () => {
    const bench = new Bench();
    const [one, two] = [bench.scheduler(), bench.scheduler()];
    const policies = [{ name: "search", limit: 9, windowMs: 6000, padMs: 200 }];
    const throttled = await granted(one.acquire(bench.request({ policies })), bench);
    const under = await granted(two.acquire(bench.request({ policies })), bench);
    const plain = await granted(two.acquire(bench.request()), bench);
    expect(throttled.mayDepart()).toBe(true);
    await one.throttled(throttled, { forMs: 3000, policy: "search" });
    expect([under.mayDepart(), plain.mayDepart()]).toEqual([false, true]);
    under.end("failed");
    const next = departs(two.acquire(bench.request({ policies, deadline: 1e6 })));
    await bench.clock.advance(2990);
    expect(two.policyPauses).toEqual([{ policy: "search", pausedForMs: 10 }]);
    expect([two.pausedMs, two.load.waiting]).toEqual([0, 1]);
    await bench.clock.advance(20);
    expect(await next).toBe(true);
  });

  it("reaches the ledger once its store is back", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    expect(permit.mayDepart()).toBe(true);
    bench.shared.failing = "before";
    await scheduler.throttled(permit, { forMs: 5000 });
    bench.shared.failing = "no";
    const next = departs(scheduler.acquire(bench.request()));
    await bench.clock.advance(4900);
    expect(scheduler.load.waiting).toBe(1);
    await bench.clock.advance(300);
    expect(await next).toBe(true);
  });
});

describe("Permit", () => {
  it("does not let a request depart once half of the pad is over", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    await bench.clock.advance(101);
    expect(permit.mayDepart()).toBe(false);
    permit.end("failed");
    await bench.clock.advance(1);
    expect(scheduler.outlook.standings[0]?.used).toBe(0);
  });

  it("spends its unit once it has departed, whatever becomes of the request", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    expect(permit.mayDepart()).toBe(true);
    expect(permit.mayDepart()).toBe(false);
    permit.end("failed");
    permit.end("answered");
    await bench.clock.advance(1);
    expect(scheduler.outlook.standings[0]?.used).toBe(1);
    expect(scheduler.load.underWay).toBe(0);
  });
});

describe("a lost store", () => {
  it("is told once, keeps the waiting, and is made whole when it answers again", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    bench.shared.failing = "before";
    const asked = departs(scheduler.acquire(bench.request()));
    await bench.clock.advance(1000);
    expect(bench.store).toEqual(["lost"]);
    expect(scheduler.load).toMatchObject({ waiting: 1, storeLost: true });
    bench.shared.failing = "no";
    await bench.clock.advance(200);
    expect(await asked).toBe(true);
    expect(bench.store).toEqual(["lost", "back"]);
  });

  it("does not leave a phantom unit where a grant's reply was lost", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    await scheduler.greet();
    bench.shared.failing = "after";
    const asked = departs(scheduler.acquire(bench.request()));
    await bench.clock.advance(50);
    bench.shared.failing = "no";
    await bench.clock.advance(200);
    expect(await asked).toBe(true);
    expect(scheduler.outlook.standings[0]?.used).toBe(1);
  });

  it("says so to those whose deadline passes meanwhile", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    bench.shared.failing = "before";
    const late = problemOf(scheduler.acquire(bench.request({ deadline: 300 })));
    await bench.clock.advance(400);
    expect((await late).type).toBe("store-unavailable");
  });

  it("that lost its memory gets back what was sent, and grants nothing before", async () => {
    const bench = new Bench();
    const [one, two] = [bench.scheduler(), bench.scheduler()];
    for (let index = 0; index < 10; index += 1) void bench.send(one);
    for (let index = 0; index < 10; index += 1) void bench.send(two);
    await bench.clock.advance(10);
    bench.shared.flush();
    for (let index = 0; index < 20; index += 1) void bench.send(one);
    await bench.clock.advance(20_000);
    expect(bench.departures).toHaveLength(40);
    expect(worstWindow(bench.departures, 6000)).toBeLessThanOrEqual(20);
  });

  it("waits a whole window for a process that does not come back", async () => {
    const bench = new Bench();
    const [one, two] = [bench.scheduler(), bench.scheduler()];
    await one.greet();
    await two.greet();
    void bench.send(one);
    await bench.clock.advance(10);
    bench.shared.flush();
    const asked = departs(one.acquire(bench.request()));
    await bench.clock.advance(6100);
    expect(one.load.waiting).toBe(1);
    await bench.clock.advance(700);
    expect(await asked).toBe(true);
  });
});

describe("close()", () => {
  it("lets what waits finish, then withdraws; what is left at the bound is told so", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    for (let index = 0; index < 21; index += 1) void bench.send(scheduler).catch(() => {});
    const late = problemOf(scheduler.acquire(bench.request({ deadline: 1e9 })));
    await bench.clock.advance(1);
    const bound = new AbortController();
    const closed = scheduler.close(bound.signal);
    await bench.clock.advance(1000);
    bound.abort();
    await bench.clock.advance(50);
    await closed;
    expect((await late).type).toBe("draining");
    expect(bench.shared.tables.size("processes")).toBe(0);
  });
});

describe("pausedMs", () => {
  it("is what is left of a pause, as far as this process knows, and 0 without one", async () => {
    const bench = new Bench();
    const [one, two] = [bench.scheduler(), bench.scheduler()];
    expect(one.pausedMs).toBe(0);
    const permit = await granted(one.acquire(bench.request()), bench);
    expect(permit.mayDepart()).toBe(true);
    await one.throttled(permit, { forMs: 3000 });
    // The other process learns of it as its next one asks.
    void two.acquire(bench.request()).then((late) => late.end("failed"));
    await bench.clock.advance(1000);
    expect(two.pausedMs).toBeGreaterThan(1900);
    expect(two.pausedMs).toBeLessThanOrEqual(2000);
    await bench.clock.advance(2500);
    expect(two.pausedMs).toBe(0);
  });

  it("is known to the process that met the 429 from its next turn on", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    expect(permit.mayDepart()).toBe(true);
    await scheduler.throttled(permit, { forMs: 3000 });
    await bench.clock.advance(10);
    expect(scheduler.pausedMs).toBeGreaterThan(2900);
  });
});

describe("hasSpare", () => {
  it("is true while a tenth of every quota is free", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    expect(scheduler.hasSpare).toBe(true);
    const spare: boolean[] = [];
    for (let index = 0; index < 20; index += 1) {
      void bench.send(scheduler);
      await bench.clock.advance(1);
      spare.push(scheduler.hasSpare);
    }
    // Of 20 units, two are to be free.
    expect(spare.indexOf(false)).toBe(18);
    await bench.clock.advance(6500);
    void bench.send(scheduler);
    await bench.clock.advance(1);
    expect(scheduler.hasSpare).toBe(true);
  });

  it("keeps one unit of a small quota, and judges by the tightest of several", async () => {
    const quotas = [
      { name: "wide", limit: 1000, windowMs: 6000, padMs: 200 },
      { name: "small", limit: 3, windowMs: 6000, padMs: 200 },
    ];
    const bench = new Bench({ quotas });
    const scheduler = bench.scheduler();
    const spare: boolean[] = [];
    for (let index = 0; index < 3; index += 1) {
      void bench.send(scheduler);
      await bench.clock.advance(1);
      spare.push(scheduler.hasSpare);
    }
    expect(spare).toEqual([true, true, false]);
  });
});

describe("lateProblem()", () => {
  it("tells how long was waited, or that the store is out of reach", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    await scheduler.greet();
    await bench.clock.advance(700);
    expect(scheduler.lateProblem(200, bench.request())).toMatchObject({
      type: "deadline-passed",
      details: { members: { waitedMs: 500 } },
    });
    bench.shared.failing = "before";
    void scheduler.acquire(bench.request({ deadline: 1e9 })).catch(() => {});
    await bench.clock.advance(500);
    expect(scheduler.lateProblem(200, bench.request())).toMatchObject({
      type: "store-unavailable",
    });
  });
});

describe("refund()", () => {
  it("frees the unit of a request that the upstream counts as none, once it has ended", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    expect(permit.mayDepart()).toBe(true);
    permit.refund();
    await bench.clock.advance(1);
    expect(scheduler.outlook.standings[0]?.used).toBe(1);
    permit.end("answered");
    await bench.clock.advance(1);
    expect(scheduler.outlook.standings[0]?.used).toBe(0);
    expect(scheduler.load.underWay).toBe(0);
  });
});

/** Departs at the instant of the grant. */
async function departs(asked: Promise<Permit>): Promise<boolean> {
  return (await asked).mayDepart();
}

/** Waits on the fake clock for a permit that is due at once. */
async function granted(asked: Promise<Permit>, bench: Bench): Promise<Permit> {
  await bench.clock.advance(0);
  return asked;
}

describe("share()", () => {
  it("tells what was learned last, never asks the ledger, and leaves nothing during a pause", async () => {
    const bench = new Bench();
    const scheduler = bench.scheduler();
    const permit = await granted(scheduler.acquire(bench.request()), bench);
    const { consumer, weight } = bench.request();
    expect(scheduler.share({ consumer, weight })).toBeUndefined();
    expect(bench.shared.outlooks).toBe(0);
    scheduler.learnShares();
    scheduler.learnShares();
    await bench.clock.advance(0);
    expect(scheduler.share({ consumer, weight })).toMatchObject({ guaranteed: 20, left: 19 });
    expect(bench.shared.outlooks).toBe(1);
    expect(permit.mayDepart()).toBe(true);
    await scheduler.throttled(permit, { forMs: 5000 });
    await bench.clock.advance(1);
    const share = scheduler.share({ consumer, weight });
    expect(share).toMatchObject({ guaranteed: 20, left: 0 });
    expect(share?.moreInMs).toBeGreaterThan(4900);
  });
});
