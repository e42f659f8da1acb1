import { Forwarder } from "../../src/forward/forward.ts";
import { LineGuard } from "../../src/line-guard.ts";
import { Line } from "../../src/line.ts";
import { newNotes } from "../../src/observe/access-record.ts";
import { Feedback } from "../../src/schedule/feedback.ts";
import { Scheduler } from "../../src/schedule/scheduler.ts";
import { termsOf } from "../../src/schedule/terms.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";
import { createMemoryLessons, SharedLessons } from "../support/memory-lessons.ts";
import { route, upstream } from "../support/settings.ts";
import { MeteredApi } from "./metered-api.ts";
import type { LearnedChange } from "../../src/schedule/lessons.ts";

const FREE = { take: async () => ({ [Symbol.dispose]() {} }), resize() {}, close: async () => {} };

/** 200 a minute, as the ClientExec preset has it. */
const UPSTREAM = upstream({
  quotas: [{ name: "api", limit: 200, windowMs: 60_000, padMs: 1000 }],
  queue: { maxWaitMs: 86_400_000, maxLength: 10_000 },
});

/** Nobody sleeps for less than the ledger's clock can tell: paces are fractions, and timers are not. */
class CoarseClock extends FakeClock {
  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    return super.sleep(Math.max(ms, 0.001), signal);
  }
}

/** Instances as they run (scheduler, line and feedback) before an upstream whose limits change, on a clock that jumps. */
export class LearnedWorld {
  readonly clock = new CoarseClock();
  readonly api = new MeteredApi(this.clock, 200);
  readonly changes: LearnedChange[] = [];
  readonly lessons = new SharedLessons();
  readonly #ledger = new SharedMemory();
  readonly lines: readonly Line[];
  readonly #end = new AbortController();

  constructor(instances = 1) {
    this.lines = Array.from({ length: instances }, (_, index) => this.#open(index));
  }

  /** So many callers in a closed loop, over all instances. */
  flood(target: string, callers: number): void {
    for (let caller = 0; caller < callers; caller += 1) {
      const line = this.lines[caller % this.lines.length];
      if (line) void this.#call(line, target);
    }
  }

  /** Requests that have come between two instants, in minutes. */
  came(fromMinute: number, toMinute = Infinity) {
    return this.api.came.filter(
      ({ atMs }) => atMs >= fromMinute * 60_000 && atMs < toMinute * 60_000,
    );
  }

  async run(minutes: number): Promise<void> {
    await this.clock.advance(minutes * 60_000);
  }

  end(): void {
    this.#end.abort();
  }

  #open(index: number): Line {
    const { clock } = this;
    const terms = termsOf(UPSTREAM);
    const ledger = new MemoryLedger(this.#ledger, terms, clock);
    const scheduler = new Scheduler({ ledger, clock, terms, onStore: () => {} });
    const feedback = new Feedback({
      learnTerms: { quotas: UPSTREAM.quotas, learn: UPSTREAM.learn, mostCost: 1 },
      terms,
      ledger,
      store: createMemoryLessons(this.lessons, clock, 1000),
      clock,
      outlook: () => scheduler.outlook,
      onChange: (change) => void (index === 0 && this.changes.push(change)),
    });
    const forwarder = new Forwarder({ upstream: UPSTREAM, client: this.api, clock });
    const parts = { upstream: UPSTREAM, scheduler, slots: FREE, forwarder, client: this.api };
    const guard = new LineGuard(UPSTREAM, { clock, onCircuit: () => {} });
    return new Line({ ...parts, guard, clock, feedback });
  }

  async #call(line: Line, target: string): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const since = this.clock.monotonic();
      const asked = {
        method: "GET",
        upstream: UPSTREAM,
        route: route({ name: `GET ${target}`, match: { methods: ["GET"], path: target } }),
        caller: { name: "tester", weight: 1, mayForce: false },
        path: target,
        query: "",
        fields: [],
        waitMs: 86_400_000,
        urgency: 3,
      };
      const errand = {
        asked,
        outbound: { method: "GET", target, fields: [] },
        body: { kind: "none" } as const,
        since,
        deadline: since + 86_400_000,
        notes: newNotes("test", "GET"),
        effect: { mayHaveChanged: false },
      };
      const permit = await line.acquire(errand, signal).catch(() => undefined);
      const reply = permit && (await line.send(errand, permit, signal).catch(() => undefined));
      reply?.body.resume();
    }
  }
}
