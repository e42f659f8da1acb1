import { MirroredScheduler } from "../../src/schedule/mirrored.ts";
import { Shadow } from "../../src/schedule/shadow.ts";
import { FakeClock } from "./fake-clock.ts";
import { terms } from "./ledger-world.ts";
import { MemoryLedger, SharedMemory } from "./memory-ledger.ts";
import type { LedgerTerms } from "../../src/ports/ledger.ts";
import type { PermitRequest } from "../../src/schedule/askers.ts";
import type { Permit } from "../../src/schedule/permit.ts";
import type { PairView } from "../../src/schedule/shadow-counts.ts";

/** The bench's one quota with another limit. */
export function quotaOf(limit: number): Pick<LedgerTerms, "quotas"> {
  return { quotas: [{ name: "test", limit, windowMs: 6000, padMs: 200 }] };
}

/** An upstream's scheduler and its shadow, each over a ledger of its own, on one clock. */
export class ShadowBench {
  readonly clock = new FakeClock();
  readonly real = new SharedMemory();
  readonly tried = new SharedMemory();
  readonly scheduler: MirroredScheduler;
  readonly shadow: Shadow;

  constructor(changes: Partial<LedgerTerms> = {}, weights: Readonly<Record<string, number>> = {}) {
    const { clock } = this;
    const [own, other] = [terms(), terms({ upstream: "test~shadow", ...changes })];
    const ledger = new MemoryLedger(this.tried, other, clock);
    const entries = new Map(Object.entries(weights));
    this.shadow = new Shadow({ ledger, clock, terms: other, weights: entries });
    const parts = { ledger: new MemoryLedger(this.real, own, clock), clock, terms: own };
    this.scheduler = new MirroredScheduler({ ...parts, onStore: () => {} }, this.shadow);
  }

  request(changes: Partial<PermitRequest> = {}): PermitRequest {
    const since = this.clock.monotonic();
    const { signal } = new AbortController();
    const deadline = since + 30_000;
    const times = { since, deadline, returning: false, signal };
    return { consumer: "a", weight: 1, cost: 1, urgency: 3, ...times, ...changes };
  }

  /** Asks, departs when granted, and is answered 20 ms later; false where it was refused. */
  async send(changes: Partial<PermitRequest> = {}): Promise<boolean> {
    let permit: Permit;
    try {
      permit = await this.scheduler.acquire(this.request(changes));
    } catch {
      return false;
    }
    permit.mayDepart();
    await this.clock.sleep(20, new AbortController().signal);
    permit.end("answered");
    return true;
  }

  /** Asks again and again as soon as it is answered. */
  async flood(changes: Partial<PermitRequest>, untilMs: number): Promise<void> {
    while (this.clock.monotonic() < untilMs) await this.send(changes);
  }

  of(consumer: string): PairView {
    const pair = this.shadow.report().consumers.find((one) => one.consumer === consumer);
    if (!pair) throw new Error(`Nothing is counted of ${consumer}`);
    return pair;
  }
}
