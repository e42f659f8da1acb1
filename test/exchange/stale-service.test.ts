import { describe, expect, it } from "vitest";
import { cachePolicy, route } from "../support/settings.ts";
import { startToldWorld, type Told, type ToldWorld } from "../support/told-origin.ts";
import type { CachePolicy, Route, Upstream } from "../../src/ports/settings.ts";

/*
 * Stale answers from outside: when they are given, with which reason in Cache-Status, and what they spare or cost the
 * origin. What is told with an Age beyond its lifetime is stale when it comes.
 */

const WINDOWS = "max-age=60, stale-while-revalidate=600, stale-if-error=600";
const IF_ERROR = "max-age=60, stale-if-error=600";

function stale(cacheControl: string, changes: Told = {}): Told {
  const fields = { "Cache-Control": cacheControl, Age: "61", ETag: '"v1"' };
  return { body: "old", ...changes, fields: { ...fields, ...changes.fields } };
}

function cached(changes: Partial<CachePolicy> = {}): Route {
  const match = { methods: ["GET"], path: "/**" };
  return route({ name: "GET /**", match, safe: true, cache: cachePolicy(changes) });
}

function start(changes: Partial<Upstream> = {}): Promise<ToldWorld> {
  return startToldWorld({ upstream: { routes: [cached()], maxRetries: 0, ...changes } });
}

const FRESH: Told = { fields: { "Cache-Control": "max-age=60", ETag: '"v2"' }, body: "new" };

describe("stale while revalidate", () => {
  it("answers at once, and refreshes once in the background, over all instances", async () => {
    await using api = await start();
    const other = await api.world.another();
    const bases = [api.world.base, `${other.url}/api`];
    api.tell(stale(WINDOWS));
    await api.ask("/x");
    api.tell({ ...FRESH, hold: true });
    for (const base of [...bases, ...bases]) {
      const served = await api.ask("/x", { base });
      expect(served.body).toBe("old");
      expect(served.cache).toMatch(/^sluice;hit;ttl=-\d+;detail=stale-while-revalidate$/);
      expect(Number(served.fields["age"])).toBeGreaterThanOrEqual(61);
    }
    await expect.poll(() => api.held()).toBe(1);
    api.release();
    for (const base of bases) {
      await expect.poll(async () => (await api.ask("/x", { base })).body).toBe("new");
      expect((await api.ask("/x", { base })).cache).toMatch(/^sluice;hit;ttl=\d+$/);
    }
    expect(api.seen).toHaveLength(2);
    expect(api.seen[1]?.fields["if-none-match"]).toBe('"v1"');
  });

  it("goes on with what is stored where the origin says that it still holds", async () => {
    await using api = await start();
    api.tell(stale(WINDOWS));
    await api.ask("/x");
    api.tell({ status: 304, fields: { "Cache-Control": "max-age=60", "X-New": "1" } });
    expect((await api.ask("/x")).cache).toContain("detail=stale-while-revalidate");
    await expect.poll(async () => (await api.ask("/x")).cache).toMatch(/^sluice;hit;ttl=\d+$/);
    const renewed = await api.ask("/x");
    expect([renewed.body, renewed.fields["x-new"]]).toEqual(["old", "1"]);
    expect(api.seen).toHaveLength(2);
  });

  it("is as good where the refresh fails, and the next request tries again", async () => {
    await using api = await start();
    api.tell(stale(WINDOWS));
    await api.ask("/x");
    api.tell({ broken: "unanswered" });
    for (const count of [2, 3]) {
      expect((await api.ask("/x")).body).toBe("old");
      await expect.poll(() => api.seen.length).toBeGreaterThanOrEqual(count);
      await untilIdle(api);
    }
    api.tell(FRESH);
    await expect.poll(async () => (await api.ask("/x")).body).toBe("new");
  });

  it("never takes the last of the quota for a refresh", async () => {
    const quotas = [{ name: "api", limit: 2, windowMs: 60_000, padMs: 1000 }];
    await using api = await start({ quotas });
    api.tell(stale(WINDOWS));
    await api.ask("/x");
    for (let count = 0; count < 3; count += 1) {
      expect((await api.ask("/x")).body).toBe("old");
      await untilIdle(api);
    }
    expect(api.seen).toHaveLength(1);
    // It is there for whoever has to wait.
    expect((await api.ask("/y", { fields: ["Prefer", "wait=1"] })).status).toBe(200);
  });
});

describe("stale if error", () => {
  it.each([500, 502, 503, 504])("serves what is stored in place of a %i", async (status) => {
    await using api = await start();
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell({ status, body: "broken" });
    const served = await api.ask("/x");
    expect([served.status, served.body]).toEqual([200, "old"]);
    expect(served.cache).toBe("sluice;fwd=stale;detail=upstream-error");
  });

  it.each([404, 410, 200])("passes a %i on: it is an answer", async (status) => {
    await using api = await start();
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell({ status, body: "new" });
    const answered = await api.ask("/x");
    expect([answered.status, answered.body]).toEqual([status, "new"]);
  });

  it.each<[string, Told]>([
    ["is closed without an answer", { broken: "unanswered" }],
    ["breaks off in the body", { broken: "cut", fields: { "Cache-Control": "max-age=60" } }],
  ])("serves what is stored where the connection %s", async (_what, told) => {
    await using api = await start();
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell(told);
    const served = await api.ask("/x");
    expect([served.status, served.body]).toEqual([200, "old"]);
    expect(served.cache).toBe("sluice;fwd=stale;detail=upstream-broke-off");
  });

  it("serves what is stored where the upstream does not answer in time, and says so", async () => {
    const timeouts = { connectMs: 1000, headersMs: 300, bodyMs: 300 };
    await using api = await start({ routes: [cached({ softTimeoutMs: 30_000 })], timeouts });
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell({ ...FRESH, hold: true });
    expect((await api.ask("/x")).cache).toBe("sluice;fwd=stale;detail=upstream-timeout");
  });

  it("serves what is stored where the upstream is slow; its answer is kept when it comes", async () => {
    await using api = await start({ routes: [cached({ softTimeoutMs: 50 })] });
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell({ ...FRESH, hold: true });
    const slow = await api.ask("/x");
    expect([slow.body, slow.cache]).toEqual(["old", "sluice;fwd=stale;detail=slow"]);
    // Somebody has waited that long for it already.
    await expect
      .poll(async () => (await api.ask("/x")).cache)
      .toMatch(/^sluice;hit;ttl=-\d+;detail=slow$/);
    api.release();
    await expect.poll(async () => (await api.ask("/x")).body).toBe("new");
    expect(api.seen).toHaveLength(2);
  });

  it("serves what is stored at once while the upstream is paused, without asking it", async () => {
    await using api = await start();
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell({ status: 429, fields: { "Retry-After": "60" } });
    const now = ["Prefer", "wait=0"];
    // The request that is refused is answered from what is stored as well.
    const refused = await api.ask("/x", { fields: now });
    expect([refused.body, refused.cache]).toEqual(["old", "sluice;fwd=stale;detail=throttled"]);
    const paused = await api.ask("/x");
    expect(paused.cache).toMatch(/^sluice;hit;ttl=-\d+;detail=paused$/);
    expect((await api.ask("/other", { fields: now })).status).toBe(429);
    expect(api.seen).toHaveLength(2);
  });

  it("serves what is stored where the queue is full, or its turn would come too late", async () => {
    const queue = { maxWaitMs: 150_000, maxLength: 1 };
    const quotas = [{ name: "api", limit: 1, windowMs: 60_000, padMs: 1000 }];
    await using api = await start({ queue, quotas });
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    const late = await api.ask("/x", { fields: ["Prefer", "wait=0"] });
    expect(late.cache).toBe("sluice;fwd=stale;detail=deadline-passed");
    const leaving = new AbortController();
    const waits = api.ask("/y", { signal: leaving.signal });
    await expect.poll(() => load(api).waiting).toBe(1);
    const full = await api.ask("/x");
    expect(full.cache).toBe("sluice;fwd=stale;detail=queue-full");
    leaving.abort();
    await expect(waits).rejects.toThrow("aborted");
    expect(api.seen).toHaveLength(1);
  });

  it.each(["must-revalidate", "proxy-revalidate", "s-maxage=60", "no-cache"])(
    "serves nothing stale that its origin forbids by %s, whatever windows it gives",
    async (word) => {
      await using api = await start();
      api.tell(stale(`${WINDOWS}, ${word}`));
      await api.ask("/x");
      api.tell({ status: 503, body: "broken" });
      const failed = await api.ask("/x");
      expect([failed.status, failed.body]).toEqual([503, "broken"]);
      expect(api.seen[1]?.fields["if-none-match"]).toBe('"v1"');
    },
  );

  it("serves a request no staleness that it does not want", async () => {
    await using api = await start();
    api.tell(stale(IF_ERROR));
    await api.ask("/x");
    api.tell({ status: 503 });
    const fields = ["Cache-Control", "stale-if-error=0"];
    expect((await api.ask("/x", { fields })).status).toBe(503);
    expect((await api.ask("/x")).status).toBe(200);
  });
});

describe("what a write has invalidated", () => {
  it.each<[string, Told]>([
    ["went through", {}],
    ["failed", { status: 500 }],
    ["was never answered", { broken: "unanswered" }],
  ])("is never served stale, where the write %s", async (_how, told) => {
    await using api = await start();
    const other = await api.world.another();
    api.tell(stale(WINDOWS));
    await api.ask("/x");
    api.tell(told);
    await api.ask("/x", { method: "PUT", body: "{}" });
    api.tell({ status: 503, body: "broken" });
    for (const base of [api.world.base, `${other.url}/api`]) {
      const failed = await api.ask("/x", { base });
      expect([failed.status, failed.body]).toEqual([503, "broken"]);
      expect(failed.cache).toContain("fwd=uri-miss");
    }
  });

  it("is not what a refresh under way brings: it left before the write", async () => {
    await using api = await start();
    api.tell(stale(WINDOWS));
    await api.ask("/x");
    api.tell({ ...FRESH, body: "before", hold: true });
    await api.ask("/x");
    await expect.poll(() => api.held()).toBe(1);
    api.tell({});
    await api.ask("/x", { method: "PUT", body: "{}" });
    api.release();
    await untilIdle(api);
    api.tell({ ...FRESH, body: "after" });
    expect((await api.ask("/x")).body).toBe("after");
  });
});

/** Waits until nothing is in line or under way. */
async function untilIdle(api: ToldWorld): Promise<void> {
  await expect.poll(() => load(api)).toEqual({ waiting: 0, underWay: 0 });
}

function load(api: ToldWorld): { waiting: number; underWay: number } {
  const { waiting = 0, underWay = 0 } = api.world.gateway.status().upstreams["api"] ?? {};
  return { waiting, underWay };
}
