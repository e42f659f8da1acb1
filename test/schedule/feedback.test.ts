import { describe, expect, it } from "vitest";
import { StoreFault } from "../../src/ports/faults.ts";
import { Feedback } from "../../src/schedule/feedback.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { LEARN_TERMS } from "../support/learning.ts";
import { terms } from "../support/ledger-world.ts";
import { createMemoryLessons, SharedLessons } from "../support/memory-lessons.ts";
import { outlook } from "../support/outlook.ts";
import type { LearnedChange } from "../../src/schedule/lessons.ts";

const TELLS = ["RateLimit-Policy", '"api";q=120;w=60', "RateLimit", '"api";r=119;t=60'];

/** One process's feedback over lessons that are shared. */
function process(table: SharedLessons, clock: FakeClock) {
  const ledgerTerms = terms({ quotas: LEARN_TERMS.quotas });
  const changes: LearnedChange[] = [];
  const store = createMemoryLessons(table, clock);
  const ledger = { fault: undefined as Error | undefined };
  const feedback = new Feedback({
    learnTerms: LEARN_TERMS,
    terms: ledgerTerms,
    ledger: {
      outlook: async () => {
        if (ledger.fault) throw ledger.fault;
        return outlook({ quotas: [{ quota: "api", used: 0, frees: [] }] });
      },
    },
    store,
    clock,
    outlook: () => ({ standings: [], waiting: 0, pausedForMs: 0 }),
    onChange: (change) => void changes.push(change),
  });
  const answer = (fields: readonly string[] = [], endpoint = "GET /a") => ({
    endpoint,
    cost: 1,
    fields,
    receivedAt: clock.now(),
    tookMs: 5,
  });
  return { feedback, answer, changes, store, ledger, limit: () => ledgerTerms.quotas[0]?.limit };
}

describe("Feedback", () => {
  it("makes what was learned the terms of every process, and tells each change once in each", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const [one, two] = [process(table, clock), process(table, clock)];
    one.feedback.answered(one.answer(TELLS));
    two.feedback.answered(two.answer(TELLS));
    await settle();
    await clock.advance(50);
    expect([one.limit(), two.limit(), table.writes]).toEqual([120, 120, 1]);
    expect([one.changes.length, two.changes.length]).toEqual([1, 1]);
    expect(one.feedback.report.quotas).toMatchObject([{ configured: 200, effective: 120 }]);
    expect(one.feedback.quotas[0]?.limit).toBe(120);
    await Promise.all([one.store.close(), two.store.close()]);
  });

  it("takes up at the start what was learned before, without telling it again", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const one = process(table, clock);
    one.feedback.answered(one.answer(TELLS));
    await settle();
    const late = process(table, clock);
    await late.feedback.greet();
    expect([late.limit(), late.feedback.report.changes.length]).toEqual([120, 1]);
    expect(late.changes).toEqual([]);
    await Promise.all([one.store.close(), late.store.close()]);
  });

  it("puts an endpoint that was refused again alone under a quota of its own", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const { feedback, answer, store } = process(table, clock);
    expect([feedback.policiesOf("GET /a"), feedback.scopeOf("GET /a")]).toEqual([[], undefined]);
    await feedback.throttled(answer(), 1000);
    await clock.advance(1000);
    feedback.answered(answer([], "GET /b"));
    await clock.advance(1000);
    await feedback.throttled(answer(), 1000);
    expect(feedback.policiesOf("GET /a")).toMatchObject([{ name: "endpoint:GET /a", limit: 1 }]);
    expect(feedback.scopeOf("GET /a")).toBe("endpoint:GET /a");
    expect(feedback.scopeOf("GET /b")).toBeUndefined();
    expect(feedback.report.endpoints).toEqual([{ endpoint: "GET /a", limit: 1 }]);
    await store.close();
  });

  it("goes by another configuration from the moment that it is told", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const { feedback, answer, store, limit } = process(table, clock);
    feedback.answered(answer(TELLS));
    await settle();
    const learn = { ...LEARN_TERMS.learn, enabled: false };
    feedback.relearn({ ...LEARN_TERMS, learn });
    expect(limit()).toBe(200);
    feedback.relearn(LEARN_TERMS);
    expect(limit()).toBe(120);
    const quotas = LEARN_TERMS.quotas.map((quota) => ({ ...quota, limit: 300 }));
    feedback.relearn({ ...LEARN_TERMS, quotas });
    expect(limit()).toBe(300);
    await store.close();
  });

  it("goes on learning after a process whose clock was a day ahead", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const ahead = process(table, new FakeClock(clock.now() + 86_400_000));
    ahead.feedback.answered(ahead.answer(["RateLimit-Policy", '"api";q=150;w=60']));
    await ahead.feedback.throttled(ahead.answer(), 1000);
    await settle();
    const { feedback, answer, store, limit } = process(table, clock);
    await feedback.greet();
    expect(limit()).toBe(150);
    const other = answer(["RateLimit-Policy", '"api";q=120;w=60'], "GET /b");
    feedback.answered(other);
    await settle();
    expect(limit()).toBe(150);
    await clock.advance(60_001);
    feedback.answered(other);
    await settle();
    expect(limit()).toBe(120);
    await Promise.all([ahead.store.close(), store.close()]);
  });

  it("learns nothing while a store is away, and disturbs nobody", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const { feedback, answer, store, ledger, limit } = process(table, clock);
    table.fault = new StoreFault("away");
    feedback.answered(answer(TELLS));
    ledger.fault = new StoreFault("away");
    await feedback.throttled(answer(), 1000);
    await settle();
    expect(limit()).toBe(200);
    table.fault = undefined;
    feedback.answered(answer(TELLS));
    await settle();
    expect(limit()).toBe(120);
    await store.close();
  });
});
