import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { SharedLeg } from "../../src/legs/shared.ts";
import { Invalidation } from "../../src/store/invalidate.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { SharedLeases } from "../support/memory-leases.ts";
import { cachePolicy } from "../support/settings.ts";
import { Workbench, type ExchangeChanges } from "../support/workbench.ts";
import type { Cacheability } from "../../src/lookup/cacheability.ts";
import type { CachePolicy } from "../../src/ports/settings.ts";
import { accessRecord } from "../../src/observe/access-record.ts";
import type { Background } from "../../src/legs/refreshes.ts";

const POLICY = cachePolicy({
  lifetimeMs: 10_000,
  mediaTypes: ["application/json"],
  errorEnvelope: [{ member: "error", is: true }],
});
const JSON_TYPE = ["Content-Type", "application/json"];

/** How one exchange goes. */
interface Asking extends ExchangeChanges {
  /** The answer is awaited for so long; 10 ms. */
  readonly forMs?: number;
  /** Once the request stands in line, or is under way. */
  readonly meanwhile?: () => Promise<void>;
}

/** The legs of as many processes, on one store, before one upstream. */
function open(policy: CachePolicy = POLICY, processes = 1) {
  const bench = new Workbench();
  const store = new MemoryCacheStore();
  const shared = new SharedLeases();
  const costs: Background[] = [];
  const onBackground = (cost: Background): void => void costs.push(cost);
  const legs = Array.from({ length: processes }, () => {
    const invalidation = new Invalidation(store);
    const { clock } = bench;
    return new SharedLeg({ store, leases: shared.process(), invalidation, clock, onBackground });
  });
  const may: Extract<Cacheability, { kind: "cacheable" }> = {
    kind: "cacheable",
    policy,
    collapse: true,
  };
  /** Sets out in one of the processes, and waits for nothing. */
  const begin = (changes: ExchangeChanges = {}, process = 0) => {
    const exchange = bench.exchange({ ...changes, route: { safe: true, ...changes.route } });
    const leg = legs[process];
    if (!leg) throw new Error(`There are ${processes} processes.`);
    const answering = leg.answer(exchange, may);
    answering.catch(() => {});
    return { answering, notes: exchange.notes };
  };
  return {
    bench,
    store,
    shared,
    costs,
    legs,
    begin,
    async ask({ forMs = 10, meanwhile, ...changes }: Asking = {}) {
      const { answering, notes } = begin(changes);
      await bench.clock.advance(0);
      await meanwhile?.();
      await bench.clock.advance(forMs);
      return { answer: await answering, cache: notes.cache, notes };
    },
  };
}

type World = ReturnType<typeof open>;

/** Something is stored whose lifetime ended a second ago. */
async function withStale(policy: Partial<CachePolicy>): Promise<World> {
  const world = open({ ...POLICY, ...policy });
  world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
  await world.ask();
  await world.bench.clock.advance(11_000);
  return world;
}

describe("answer()", () => {
  it("stores what may be stored and answers from it until it is stale", async () => {
    const world = open();
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    expect((await world.ask()).cache).toMatchObject({ reason: "uri-miss", stored: true });
    const { cache, notes } = await world.ask();
    expect(cache).toMatchObject({ kind: "hit" });
    expect(notes.ageMs).toBeCloseTo(10, -1);
    expect(world.bench.client.seen).toHaveLength(1);
    await world.bench.clock.advance(10_001);
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":2}' });
    expect((await world.ask()).cache).toMatchObject({ reason: "stale", stored: true });
  });

  it("revalidates what is stale by the origin's validator; a 304 makes it fresh again", async () => {
    const world = open({ ...POLICY, staleIfErrorMs: 60_000 });
    const fields = [...JSON_TYPE, "ETag", '"v1"'];
    world.bench.client.script.push({ status: 200, fields, body: '{"a":1}' });
    await world.ask();
    await world.bench.clock.advance(10_001);
    world.bench.client.script.push({ status: 304, fields: ["ETag", '"v1"', "X-New", "1"] });
    const renewed = await world.ask();
    expect(renewed.cache).toMatchObject({ reason: "stale", forwardStatus: 304, stored: true });
    expect(Buffer.from(renewed.answer.body as Uint8Array).toString()).toBe('{"a":1}');
    expect(renewed.answer.fields).toContain("X-New");
    expect(world.bench.client.seen[1]?.request.fields).toContain("If-None-Match");
    await world.bench.clock.advance(1);
    expect([world.bench.slots, world.bench.line.scheduler.load.underWay]).toEqual([0, 0]);
    expect((await world.ask()).cache).toMatchObject({ kind: "hit" });
  });

  it("passes on and does not keep: an error envelope, another media type, a body too large", async () => {
    const large = JSON.stringify({ pad: "x".repeat(1_000_001) });
    const cases = [
      [JSON_TYPE, '{"error":true}', "error-envelope"],
      [["Content-Type", "text/html"], "<p>", "media-type"],
      [JSON_TYPE, large, "too-large"],
    ] as const;
    for (const [fields, body, why] of cases) {
      const world = open();
      world.bench.client.script.push({ status: 200, fields, body });
      const { answer, cache } = await world.ask();
      expect(cache).toMatchObject({ stored: false, detail: why });
      if (answer.body instanceof Readable) answer.body.destroy();
      expect((await world.ask()).cache).toMatchObject({ reason: "uri-miss" });
    }
  });

  it("stores what left after a write, although it stood in line before it", async () => {
    const world = open();
    await world.bench.fill();
    const invalidation = new Invalidation(world.store);
    const writes = async () => void (await invalidation.invalidate(["api path /x"]));
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const late = await world.ask({ forMs: 7000, meanwhile: writes });
    expect(late.cache).toMatchObject({ reason: "uri-miss", stored: true });
    expect((await world.ask()).cache).toMatchObject({ kind: "hit" });
  });

  it("answers from what another instance stored while it stood in line, and gives its unit back", async () => {
    const world = open();
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    await world.ask();
    const { variants } = await world.store.read(world.store.lastKey, []);
    await world.store.remove(world.store.lastKey);
    await world.bench.fill(19);
    const seen = world.bench.client.seen.length;
    const stores = async () => {
      for (const one of variants) await world.store.write(world.store.lastKey, one, 1000);
    };
    const late = await world.ask({ forMs: 7000, meanwhile: stores });
    expect(late.cache).toMatchObject({ kind: "hit" });
    expect(world.bench.client.seen).toHaveLength(seen);
    expect(world.bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
  });

  it("answers though the store is out of reach, and does not claim to have stored", async () => {
    const world = open();
    world.store.failing = true;
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const { answer, cache } = await world.ask();
    expect(answer.status).toBe(200);
    expect(cache).toMatchObject({ reason: "miss", stored: false });
  });
});

describe("answer() with what is stale", () => {
  it("answers at once while it is refreshed, marked, and from then on with what that brought", async () => {
    const world = await withStale({ staleWhileRevalidateMs: 5000 });
    world.bench.client.script.push({
      status: 200,
      fields: JSON_TYPE,
      body: '{"a":2}',
      afterMs: 1000,
    });
    const { answer, cache, notes } = await world.ask();
    expect(cache).toEqual({
      kind: "hit",
      ttlMs: expect.closeTo(-1000, -2),
      detail: "stale-while-revalidate",
    });
    expect([notes.stale, notes.forwards]).toEqual(["stale-while-revalidate", 0]);
    expect(notes.ageMs).toBeCloseTo(11_010, -2);
    expect(Buffer.from(answer.body as Uint8Array).toString()).toBe('{"a":1}');
    await world.bench.clock.advance(1000);
    expect(world.costs).toMatchObject([{ upstream: "api", consumer: "tester", forwards: 1 }]);
    const next = await world.ask();
    expect(next.cache).toMatchObject({ kind: "hit" });
    expect(Buffer.from(next.answer.body as Uint8Array).toString()).toBe('{"a":2}');
    expect(world.bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
  });

  it("refreshes nothing with the last tenth of the quota, and answers all the same", async () => {
    const world = await withStale({ staleWhileRevalidateMs: 5000 });
    await world.bench.fill(18);
    const { cache } = await world.ask();
    expect(cache).toMatchObject({ detail: "stale-while-revalidate" });
    await world.bench.clock.advance(1);
    // One more than fill() sent and the first: none.
    expect(world.bench.client.seen).toHaveLength(19);
    expect(world.bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
    expect(world.costs).toMatchObject([{ forwards: 0 }]);
  });

  it("answers while the upstream has asked for a pause", async () => {
    const world = await withStale({ staleIfErrorMs: 60_000 });
    await world.bench.pause(5);
    const seen = world.bench.client.seen.length;
    const { cache, notes } = await world.ask();
    expect([cache, notes.stale]).toMatchObject([{ kind: "hit", detail: "paused" }, "paused"]);
    expect(world.bench.client.seen).toHaveLength(seen);
  });

  it("answers instead of the upstream's failure, and says that it was asked", async () => {
    const world = await withStale({ staleIfErrorMs: 60_000 });
    world.bench.client.script.push({ status: 503, fields: JSON_TYPE, body: "{}" });
    const { answer, cache, notes } = await world.ask();
    expect([answer.status, notes.stale]).toEqual([200, "upstream-error"]);
    expect(cache).toMatchObject({
      kind: "forward",
      reason: "stale",
      stored: false,
      detail: "upstream-error",
    });
    await world.bench.clock.advance(1);
    expect([world.bench.slots, world.bench.line.scheduler.load.underWay]).toEqual([0, 0]);
  });

  it("asks an upstream that fails once for all who wait for the same, and again for the next", async () => {
    const world = await withStale({ staleIfErrorMs: 60_000 });
    for (const seen of [2, 3]) {
      world.bench.client.script.push({ status: 503, fields: JSON_TYPE, body: "{}", afterMs: 500 });
      const crowd = Array.from({ length: 20 }, () => world.begin());
      await world.bench.clock.advance(600);
      for (const { answering, notes } of crowd) {
        expect([(await answering).status, notes.stale]).toEqual([200, "upstream-error"]);
      }
      expect(world.bench.client.seen).toHaveLength(seen);
    }
  });

  it("answers instead of a problem of the line: the queue is full, the deadline passes", async () => {
    const world = await withStale({ staleIfErrorMs: 60_000, softTimeoutMs: 60_000 });
    await world.bench.fill();
    const { cache } = await world.ask({ waitMs: 500, forMs: 600 });
    expect(cache).toMatchObject({ reason: "stale", detail: "deadline-passed" });
    expect(world.bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
  });

  it("answers where the forward takes long; that goes on and is found by whoever asks next", async () => {
    const world = await withStale({ staleIfErrorMs: 60_000, softTimeoutMs: 2000 });
    world.bench.client.script.push({
      status: 200,
      fields: JSON_TYPE,
      body: '{"a":2}',
      afterMs: 3000,
    });
    const { cache, notes } = await world.ask({ forMs: 2001 });
    expect([cache, notes.stale]).toMatchObject([{ reason: "stale", detail: "slow" }, "slow"]);
    await world.bench.clock.advance(1000);
    expect((await world.ask()).cache).toMatchObject({ kind: "hit" });
    expect(world.bench.client.seen).toHaveLength(2);
  });

  it("refreshes once, however many processes have served it stale", async () => {
    const world = open({ ...POLICY, staleWhileRevalidateMs: 5000 }, 3);
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    await world.ask();
    await world.bench.clock.advance(11_000);
    const renewed = { status: 200, fields: JSON_TYPE, body: '{"a":2}', afterMs: 1000 };
    world.bench.client.script.push(renewed);
    const served = [0, 1, 2].map((process) => world.begin({}, process));
    await world.bench.clock.advance(1100);
    for (const { answering, notes } of served) {
      await answering;
      expect(notes.stale).toBe("stale-while-revalidate");
    }
    expect(world.bench.client.seen).toHaveLength(2);
    expect(world.costs.map(({ forwards }) => forwards).toSorted((a, b) => a - b)).toEqual([
      0, 0, 1,
    ]);
  });

  it("passes the failure on beyond the window", async () => {
    const world = await withStale({ staleIfErrorMs: 500 });
    world.bench.client.script.push({ status: 503, fields: JSON_TYPE, body: "{}" });
    const { answer, notes } = await world.ask();
    expect([answer.status, notes.stale]).toEqual([503, undefined]);
  });

  it("takes a client at its word that says max-stale, and marks it", async () => {
    const world = await withStale({});
    const { cache } = await world.ask({ fields: ["Cache-Control", "max-stale=5"] });
    expect(cache).toMatchObject({ kind: "hit", detail: "max-stale" });
    expect(world.bench.client.seen).toHaveLength(1);
  });

  it("serves nothing stale that was invalidated (P7)", async () => {
    const world = await withStale({ staleIfErrorMs: 60_000, staleWhileRevalidateMs: 60_000 });
    await new Invalidation(world.store).invalidate(["api path /x"]);
    world.bench.client.script.push({ status: 503, fields: JSON_TYPE, body: "{}" });
    const { answer, cache } = await world.ask();
    expect([answer.status, cache]).toMatchObject([503, { reason: "uri-miss" }]);
  });

  it("ends refreshes when it stops", async () => {
    const world = await withStale({ staleWhileRevalidateMs: 5000 });
    await world.bench.fill();
    await world.ask();
    expect(world.bench.line.scheduler.load.waiting).toBe(1);
    world.legs[0]?.stop();
    await world.bench.clock.advance(1);
    expect(world.bench.line.scheduler.load.waiting).toBe(0);
  });
});

describe("answer() together with others", () => {
  const ANSWER = { status: 200, fields: JSON_TYPE, body: '{"a":1}', afterMs: 1000 };

  it("forwards once for all processes; who followed elsewhere found it in the store (P6)", async () => {
    const world = open(POLICY, 3);
    world.bench.client.script.push(ANSWER);
    const crowd = Array.from({ length: 12 }, (_, index) => world.begin({}, index % 3));
    await world.bench.clock.advance(1100);
    const answers = await Promise.all(crowd.map(({ answering }) => answering));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(world.bench.client.seen).toHaveLength(1);
    const collapsed = crowd
      .map(({ notes }) => notes.cache)
      .filter((cache) => cache?.kind === "forward" && cache.collapsed);
    expect(collapsed).toHaveLength(11);
    expect(world.bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
    expect(world.shared.holdings.size).toBe(0);
  });

  it("forwards once for all processes also for those who force the upstream", async () => {
    const world = open(POLICY, 3);
    const force = { fields: ["Cache-Control", "no-cache"], mayForce: true };
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    await world.ask();
    world.bench.client.script.push({ ...ANSWER, body: '{"a":2}' });
    const crowd = Array.from({ length: 12 }, (_, index) => world.begin(force, index % 3));
    await world.bench.clock.advance(1100);
    const answers = await Promise.all(crowd.map(({ answering }) => answering));
    expect(answers.map(({ body }) => body)).toEqual(
      Array.from({ length: 12 }, () => Buffer.from('{"a":2}')),
    );
    expect(world.bench.client.seen).toHaveLength(2);
  });

  it("joins nobody with other wishes: who forces the upstream is not answered by a look", async () => {
    const world = open();
    world.bench.client.script.push(ANSWER, ANSWER);
    const forced = { fields: ["Cache-Control", "no-cache"], mayForce: true };
    const crowd = [world.begin(), world.begin(forced)];
    await world.bench.clock.advance(2500);
    await Promise.all(crowd.map(({ answering }) => answering));
    expect(world.bench.client.seen).toHaveLength(2);
    expect(crowd.map(({ notes }) => notes.cache)).toMatchObject([
      { collapsed: false },
      { collapsed: false },
    ]);
  });

  it("joins nobody who set out before what they ask for was purged softly", async () => {
    const world = open();
    world.bench.client.script.push(ANSWER, ANSWER);
    const before = world.begin();
    await world.bench.clock.advance(10);
    await world.store.bump(["api path /x"], "soft");
    const after = world.begin();
    await world.bench.clock.advance(2500);
    await Promise.all([before.answering, after.answering]);
    expect(world.bench.client.seen).toHaveLength(2);
  });

  it("counts as waiting what a follower has waited", async () => {
    const world = open();
    world.bench.client.script.push(ANSWER);
    const [leader, follower] = [world.begin(), world.begin()];
    await world.bench.clock.advance(1100);
    await Promise.all([leader.answering, follower.answering]);
    expect(leader.notes.queueMs).toBeLessThan(100);
    expect(follower.notes.queueMs).toBeGreaterThanOrEqual(1000);
  });

  it("joins nobody who set out before a write was answered", async () => {
    const world = open();
    world.bench.client.script.push(ANSWER, { ...ANSWER, body: '{"a":2}' });
    const before = world.begin();
    await world.bench.clock.advance(10);
    await new Invalidation(world.store).invalidate(["api path /x"]);
    const after = world.begin();
    await world.bench.clock.advance(2500);
    const bodies = await Promise.all(
      [before, after].map(async ({ answering }) => {
        const { body } = await answering;
        return Buffer.from(body as Uint8Array).toString();
      }),
    );
    expect(bodies).toEqual(['{"a":1}', '{"a":2}']);
    const { answer } = await world.ask();
    expect(Buffer.from(answer.body as Uint8Array).toString()).toBe('{"a":2}');
  });

  it("fetches singly where the answer is for one alone", async () => {
    const world = open();
    const mine = { ...ANSWER, fields: [...JSON_TYPE, "Cache-Control", "private"] };
    world.bench.client.script.push(mine, mine, mine);
    const crowd = Array.from({ length: 3 }, () => world.begin());
    await world.bench.clock.advance(5000);
    for (const { answering, notes } of crowd) {
      const { body } = await answering;
      if (body instanceof Readable) body.resume();
      expect(notes.cache).toMatchObject({ collapsed: false, detail: "private" });
    }
    expect(world.bench.client.seen).toHaveLength(3);
  });

  it("ends a follower at its own deadline while its leader is in line again", async () => {
    const world = open();
    world.bench.client.script.push({ status: 429, fields: ["Retry-After", "10"] });
    const patient = world.begin({ waitMs: 30_000 });
    const hasty = world.begin({ waitMs: 2000 });
    await world.bench.clock.advance(2100);
    await expect(hasty.answering).rejects.toMatchObject({ type: "deadline-passed" });
    await world.bench.clock.advance(10_000);
    expect((await patient.answering).status).toBe(200);
  });

  it("lets a client leave alone", async () => {
    const world = open();
    world.bench.client.script.push(ANSWER);
    const client = new AbortController();
    const leaves = world.begin({ signal: client.signal });
    const stays = world.begin();
    await world.bench.clock.advance(100);
    client.abort(new Error("left"));
    await expect(leaves.answering).rejects.toThrow("left");
    await world.bench.clock.advance(1000);
    expect((await stays.answering).status).toBe(200);
    expect(world.bench.client.seen).toHaveLength(1);
  });

  it("accounts once what is sent for the others when the client that leads has left", async () => {
    const world = open();
    world.bench.client.script.push({ status: 429, fields: ["Retry-After", "3"] }, ANSWER);
    const client = new AbortController();
    const leaves = world.begin({ signal: client.signal });
    const stays = world.begin();
    await world.bench.clock.advance(100);
    client.abort(new Error("left"));
    await expect(leaves.answering).rejects.toThrow("left");
    const ending = { status: 499, totalMs: 100, bodyBytes: 0, end: "client-left" } as const;
    const record = accessRecord(leaves.notes, ending);
    expect(record).toMatchObject({ forwards: 1, units: 1, throttled: 1 });
    expect(world.costs).toEqual([]);
    await world.bench.clock.advance(10_000);
    expect((await stays.answering).status).toBe(200);
    expect(world.bench.client.seen).toHaveLength(2);
    expect(stays.notes).toMatchObject({ forwards: 0, units: 0 });
    expect(world.costs).toMatchObject([
      { consumer: "tester", forwards: 1, units: 1, throttled: 0 },
    ]);
  });
});

describe("answer() while the store is away", () => {
  it("answers from what this process holds, and says so (P10)", async () => {
    const world = open();
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    await world.ask();
    await world.ask();
    world.store.failing = true;
    expect((await world.ask()).cache).toMatchObject({ kind: "hit", detail: "store-away" });
  });
});
