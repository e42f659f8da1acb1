import { describe, expect, it, vi } from "vitest";
import { Explainer } from "../src/explain.ts";
import { directoryOf } from "../src/identify/directory.ts";
import { questionOf } from "../src/legs/question.ts";
import { MemoryCacheStore } from "./support/memory-cache-store.ts";
import { cachePolicy, route, settings } from "./support/settings.ts";
import { storedResponse } from "./support/stored-response.ts";
import { Workbench } from "./support/workbench.ts";
import type { StoredResponse } from "../src/http/stored-response.ts";
import type { Consumer } from "../src/ports/settings.ts";

const POLICY = cachePolicy({ mediaTypes: ["application/json"], lifetimeMs: 10_000 });
const TICKETS = route({
  name: "GET /ticket/**",
  match: { methods: ["GET"], path: "/ticket/**" },
  groups: ["tickets"],
  cost: 2,
  cache: POLICY,
});
const SYNC: Consumer = {
  name: "sync",
  key: "key-of-sync",
  weight: 3,
  priority: 3,
  allow: [{ methods: ["GET"], path: "/**" }],
  mayForce: false,
};

/** A gateway's parts, at which nobody else asks. */
function open() {
  const bench = new Workbench({ routes: [TICKETS] });
  const store = new MemoryCacheStore();
  const lines = new Map([["api", bench.line]]);
  const given = settings({ upstreams: [bench.upstream], consumers: [SYNC] });
  const invalidation = { owed: 0 };
  let draining = false;
  const explainer = new Explainer({
    store,
    invalidation,
    clock: bench.clock,
    directory: directoryOf(given, () => 0),
    lines,
    draining: () => draining,
  });
  const plain = {
    method: "GET",
    upstream: bench.upstream,
    path: "/ticket/5",
    query: "",
    fields: [] as readonly string[],
    consumer: "sync" as string | undefined,
  };
  return {
    bench,
    store,
    invalidation,
    drain: () => void (draining = true),
    explain: (changes: Partial<typeof plain> = {}) => explainer.explain({ ...plain, ...changes }),
    keep: async (changes: Partial<StoredResponse> = {}): Promise<void> => {
      const { asked } = bench.exchange();
      const { search } = questionOf({ ...asked, path: "/ticket/5", route: TICKETS }, [], POLICY);
      const generations = await store.generations(search.names);
      const now = bench.clock.now();
      const stored = storedResponse({
        selecting: {},
        requestedAt: now,
        receivedAt: now,
        lifetimeMs: 10_000,
        generations: generations.map(({ name, hard, soft }) => [name, hard, soft] as const),
        ...changes,
      });
      await store.write(search.key, stored, 60_000);
    },
  };
}

describe("Explainer", () => {
  it("explains what is not stored: where it would go, at what cost and when", async () => {
    const { explain } = open();
    expect(await explain()).toMatchObject({
      supposed: { asked: { route: { name: "GET /ticket/**" }, caller: { weight: 3 } } },
      cache: { kind: "asked", found: "nothing", reason: "uri-miss", collapses: true, pending: [] },
      forward: {
        cost: 2,
        mayWaitMs: 30_000,
        inTime: "yes",
        forecast: { place: 1, waitMs: 0, share: 1 },
      },
      outcome: { kind: "forwarded" },
    });
  });

  it("explains what is fresh, and what is stale with its windows", async () => {
    const { explain, keep, bench } = open();
    await keep({ staleIfErrorMs: 60_000 });
    await bench.clock.advance(4000);
    expect(await explain()).toMatchObject({
      cache: { found: "fresh", stored: { ageMs: 4000, ttlMs: 6000, servesOnError: false } },
      outcome: { kind: "stored" },
    });
    await bench.clock.advance(7000);
    const { cache, outcome } = await explain();
    expect(cache).toMatchObject({
      found: "stale",
      reason: "stale",
      stored: { ttlMs: -1000, servesWhileRevalidated: false, servesOnError: true },
    });
    expect(outcome).toEqual({ kind: "forwarded" });
    await keep({ lifetimeMs: 0, staleWhileRevalidateMs: 5000 });
    await bench.clock.advance(1);
    expect((await explain()).outcome).toEqual({ kind: "stored", why: "stale-while-revalidate" });
  });

  it("says that a write is under way, and of what was written that it is gone", async () => {
    const { explain, keep, store } = open();
    await keep();
    const names = ["api group tickets"];
    await store.mark({ writer: "w", names, forMs: 1000 });
    await store.bump(names, "hard");
    expect((await explain()).cache).toMatchObject({ found: "nothing", pending: names });
  });

  it("tells place and wait in a full window, and refuses what cannot leave in time", async () => {
    const { explain, bench } = open();
    await bench.fill();
    const { forward, outcome } = await explain();
    expect(forward.forecast?.waitMs).toBeGreaterThan(1000);
    expect([forward.inTime, outcome.kind]).toEqual(["yes", "forwarded"]);
    const hasty = await explain({ fields: ["Prefer", "wait=1"] });
    expect(hasty).toMatchObject({
      forward: { mayWaitMs: 1000, inTime: "no" },
      outcome: { kind: "refused", problem: "deadline-passed" },
    });
  });

  it("tells the share among those who wait, and what the cost makes of the wait", async () => {
    const { explain, bench } = open();
    await bench.fill();
    const leaving = new AbortController();
    const others = Array.from({ length: 6 }, () =>
      bench.line.acquire(bench.errand("POST"), leaving.signal).catch(() => {}),
    );
    await bench.clock.advance(300);
    const [sync, operator, cheap] = await Promise.all([
      explain(),
      explain({ consumer: undefined }),
      explain({ path: "/user/1" }),
    ]).then((all) => all.map(({ forward }) => forward.forecast));
    expect(sync).toMatchObject({ share: 0.75, waiting: 6 });
    expect(operator).toMatchObject({ share: 0.5, waiting: 6 });
    expect(cheap?.waitMs).toBeLessThan(sync?.waitMs ?? 0);
    leaving.abort();
    await Promise.all(others);
  });

  it("goes by the process's own part of the quota while the store is away, and knows nothing without one", async () => {
    const { explain, bench } = open();
    const load = vi.spyOn(bench.line.scheduler, "load", "get");
    load.mockReturnValue({ waiting: 0, underWay: 0, storeLost: true });
    const lost = await explain();
    expect(lost.outcome).toEqual({ kind: "refused", problem: "store-unavailable" });
    expect(lost.forward.forecast).toBeUndefined();
    load.mockReturnValue({ waiting: 0, underWay: 0, storeLost: true, apart: 2 });
    const apart = await explain();
    expect(apart.outcome).toEqual({ kind: "forwarded" });
    expect(apart.forward).toMatchObject({ inTime: "yes", forecast: { place: 1 } });
  });

  it("tells of a pause, in which something stale serves", async () => {
    const { explain, keep, bench } = open();
    await keep({ lifetimeMs: 0, staleIfErrorMs: 60_000 });
    await bench.pause(30);
    const { forward, outcome } = await explain();
    expect(forward.pausedMs).toBeGreaterThan(29_000);
    expect(outcome).toEqual({ kind: "stored", why: "paused" });
  });

  it.each([
    [{ method: "PUT" }, "method"],
    [{ path: "/user/1" }, "no-policy"],
    [{ fields: ["Cache-Control", "no-store"] }, "no-store"],
    [{ fields: ["If-Match", '"a"'] }, "condition"],
    [{ fields: ["Accept", "image/png"] }, "media-type"],
  ])("says why nothing stored is looked for: %j", async (changes, why) => {
    expect((await open().explain(changes)).cache).toEqual({ kind: "bypassed", why });
  });

  it("refuses as the gateway would: who is not allowed, and everybody while it drains", async () => {
    const { explain, drain } = open();
    const refused = await explain({ method: "DELETE" });
    expect(refused.outcome).toEqual({ kind: "refused", problem: "not-allowed" });
    drain();
    expect((await explain()).outcome).toEqual({ kind: "refused", problem: "draining" });
  });

  it("answers from this process's memory where the store has not heard of a write, or is away", async () => {
    const { explain, keep, store, invalidation } = open();
    await keep();
    await explain();
    invalidation.owed = 1;
    expect((await explain()).cache).toMatchObject({ found: "fresh", away: true });
    invalidation.owed = 0;
    store.failing = true;
    expect((await explain()).cache).toMatchObject({ found: "fresh", away: true });
  });

  it("sends, stores and marks nothing, and takes no place in the line", async () => {
    const { explain, bench, store } = open();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => explain({ path: `/ticket/${index}` })),
    );
    await bench.clock.advance(1000);
    expect([bench.client.seen, store.calls, store.lastKey, bench.slots]).toEqual([[], [], "", 0]);
    expect((await explain()).forward.forecast).toMatchObject({ place: 1, waitMs: 0, waiting: 0 });
    expect(bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
  });
});
