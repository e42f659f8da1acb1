import { describe, expect, it } from "vitest";
import { Feed, type FeedParts } from "../../../src/operate/dashboard/feed.ts";
import type { Snapshot } from "../../../src/operate/dashboard/snapshot.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import type { LedgerHint, LedgerOutlook } from "../../../src/ports/ledger.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";
import { outlook, standing } from "../../support/outlook.ts";

const TERMS = {
  upstream: "api",
  quotas: [{ name: "api", limit: 20, windowMs: 6000, padMs: 200 }],
  concurrency: 10,
  maxWaiting: 100,
  forwardMs: 1000,
  firstPauseMs: 1000,
  maxPauseMs: 60_000,
};

function world(changes: Partial<FeedParts> = {}) {
  const clock = new FakeClock();
  const asked = { outlooks: 0, usages: 0, accounts: 0 };
  const state: { outlook: LedgerOutlook } = { outlook: outlook() };
  const hints: ((hint: LedgerHint) => void)[] = [];
  const feed = new Feed({
    clock,
    terms: TERMS,
    configured: () => [{ name: "api", limit: 30, windowMs: 6000, padMs: 200 }],
    ledger: {
      outlook: async () => {
        asked.outlooks += 1;
        return state.outlook;
      },
      onHint: (listener) => void hints.push(listener),
    },
    foresee: async () => undefined,
    accounts: {
      async *read({ to }) {
        asked.accounts += 1;
        yield [{ at: to - 60_000, consumer: "a", route: "GET /x", counts: { a: 4, h: 1, u: 3 } }];
      },
    },
    known: async () => [{ name: "a", weight: 2, enabled: true, inFile: true }],
    usage: async () => {
      asked.usages += 1;
      return { responses: 5, bytes: 100 };
    },
    maxBytes: 1000,
    storeKind: "embedded",
    draining: () => false,
    events: () => [],
    ...changes,
  });
  return { clock, feed, asked, state, hints };
}

describe("watch()", () => {
  it("tells all who look of the same snapshot, once a second, and computes none for nobody", async () => {
    const { clock, feed, asked } = world();
    await settle();
    expect(asked.accounts).toBe(0);
    const seen: [Snapshot[], Snapshot[]] = [[], []];
    const leaves = seen.map((list) => feed.watch((snapshot) => void list.push(snapshot)));
    await settle();
    await clock.advance(1000);
    await settle();
    expect(seen.map(({ length }) => length)).toEqual([2, 2]);
    expect(seen[0][1]).toBe(seen[1][1]);
    expect(asked.accounts).toBe(2);
    for (const leave of leaves) leave();
    await clock.advance(5000);
    await settle();
    expect(asked.accounts).toBe(2);
    feed.close();
  });

  it("begins anew for who comes later", async () => {
    const { clock, feed } = world();
    feed.watch(() => {})();
    await clock.advance(3000);
    await settle();
    let told = 0;
    feed.watch(() => (told += 1));
    await settle();
    expect(told).toBe(1);
    expect(feed.viewers).toBe(1);
    feed.close();
    expect(feed.closed.aborted).toBe(true);
  });
});

async function away(): Promise<never> {
  throw new StoreFault("away");
}

describe("snapshot()", () => {
  it("puts together what ledger, accounts and store know", async () => {
    const { feed, state } = world({
      foresee: async ({ weight }) => ({
        place: 1,
        waitMs: weight,
        boundMs: 0,
        share: 0,
        waiting: 0,
      }),
    });
    state.outlook = outlook({
      quotas: [{ quota: "api", used: 7, frees: [] }],
      consumers: [standing("a", 2, { weight: 3 })],
    });
    const { quota, total, consumers, routes, stored, health } = await feed.snapshot();
    expect(quota).toMatchObject({ used: 7, limit: 20, waiting: 2 });
    expect(total).toMatchObject({ asked: 4, units: 3 });
    expect(consumers.rows[0]).toMatchObject({ name: "a", waiting: 2, waitMs: 3, spent: 1 });
    expect(routes.rows[0]?.name).toBe("GET /x");
    expect(stored).toEqual({ responses: 5, bytes: 100, maxBytes: 1000 });
    expect(health.map(({ state: one }) => one)).toEqual(["well", "well", "well"]);
    feed.close();
  });

  it("leaves out what stores that are away know, and rejects nothing", async () => {
    const { feed } = world({
      ledger: { outlook: away, onHint: () => {} },
      accounts: {
        async *read() {
          yield await away();
        },
      },
      known: away,
      usage: away,
    });
    const snapshot = await feed.snapshot();
    expect(snapshot).not.toHaveProperty("quota");
    expect(snapshot).not.toHaveProperty("stored");
    expect(snapshot.health[1]?.state).toBe("down");
    feed.close();
  });

  it("counts what is stored every five seconds only", async () => {
    const { feed, asked, clock } = world();
    await feed.snapshot();
    await feed.snapshot();
    expect(asked.usages).toBe(1);
    await clock.advance(5000);
    await feed.snapshot();
    expect(asked.usages).toBe(2);
    feed.close();
  });

  it("shows a pause from the moment that the ledger hints at it, though nobody looked", async () => {
    const { feed, state, hints, clock } = world();
    await settle();
    await clock.advance(1000);
    state.outlook = outlook({ blockedForMs: 2000 });
    for (const hint of hints) hint({ kind: "paused" });
    await settle();
    state.outlook = outlook();
    await clock.advance(4000);
    await settle();
    const { pauses } = await feed.snapshot();
    expect(pauses).toHaveLength(1);
    expect((pauses[0]?.to ?? 0) - (pauses[0]?.from ?? 0)).toBe(2000);
    feed.close();
  });
});
