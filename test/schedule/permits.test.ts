import { describe, expect, it } from "vitest";
import { Scheduler } from "../../src/schedule/scheduler.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { terms } from "../support/ledger-world.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";
import type { LedgerTerms } from "../../src/ports/ledger.ts";
import type { PermitRequest } from "../../src/schedule/askers.ts";

/** A quota open wide, with a pad of 100 ms: so a permit is good for 50. */
const WIDE: Partial<LedgerTerms> = {
  quotas: [{ name: "test", limit: 10_000, windowMs: 60_000, padMs: 100 }],
};

/** One scheduler in a process whose processor takes a millisecond for each step of a forward, one after the other. */
class BusyProcess {
  readonly clock = new FakeClock();
  readonly scheduler: Scheduler;
  readonly departedAt: number[] = [];
  returns = 0;
  readonly #steps: (() => void)[] = [];
  #runs = false;

  constructor() {
    const clock = this.clock;
    const changed = terms(WIDE);
    const ledger = new MemoryLedger(new SharedMemory(), changed, clock);
    this.scheduler = new Scheduler({ ledger, clock, terms: changed, onStore: () => {} });
  }

  request(changes: Partial<PermitRequest> = {}): PermitRequest {
    const since = this.clock.monotonic();
    const standard = { consumer: "a", weight: 1, cost: 1, urgency: 3, returning: false };
    const signal = new AbortController().signal;
    return { ...standard, since, deadline: since + 30_000, signal, ...changes };
  }

  /** Waits for a permit, and asks again for as long as it takes, as a line does. */
  async forward(steps: number): Promise<void> {
    const request = this.request();
    for (let returning = false; ; returning = true) {
      const permit = await this.scheduler.acquire({ ...request, returning });
      for (let step = 0; step < steps; step += 1) await this.#step();
      const departs = permit.mayDepart();
      permit.end(departs ? "answered" : "failed");
      if (departs) {
        this.departedAt.push(this.clock.monotonic());
        return;
      }
      this.returns += 1;
    }
  }

  #step(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#steps.push(resolve);
    if (!this.#runs) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#runs = true;
    for (let next = this.#steps.shift(); next; next = this.#steps.shift()) {
      await this.clock.sleep(1, new AbortController().signal);
      next();
    }
    this.#runs = false;
  }
}

describe("grant()", () => {
  it("lets everything leave where all at once would be late together, again and again", async () => {
    const busy = new BusyProcess();
    // Each alone takes 4 ms; 64 side by side 256 ms, of the 50 for which a permit is good.
    for (let count = 0; count < 64; count += 1) void busy.forward(4);
    await busy.clock.advance(1200);
    expect(busy.departedAt).toHaveLength(64);
  });

  it("sends back nothing where the process keeps up", async () => {
    const busy = new BusyProcess();
    for (let count = 0; count < 40; count += 1) void busy.forward(1);
    await busy.clock.advance(100);
    expect([busy.departedAt.length, busy.returns]).toEqual([40, 0]);
  });
});

describe("withdraw()", () => {
  it("gives back at once the unit of a client that leaves while its permit waits to be handed out", async () => {
    const busy = new BusyProcess();
    const held = Array.from({ length: 64 }, () => busy.scheduler.acquire(busy.request()));
    await busy.clock.advance(1);
    const client = new AbortController();
    const late = busy.scheduler.acquire(busy.request({ signal: client.signal }));
    const told = late.catch((error: unknown) => error);
    await busy.clock.advance(1);
    expect(busy.scheduler.load).toMatchObject({ waiting: 0, underWay: 65 });
    client.abort(new Error("left"));
    expect(await told).toMatchObject({ message: "left" });
    expect(busy.scheduler.load).toMatchObject({ waiting: 0, underWay: 64 });
    await Promise.all(held);
  });
});
