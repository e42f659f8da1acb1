import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Problem } from "../../src/http/problem.ts";
import { readWishes } from "../../src/http/reuse.ts";
import { originGroupName, originGroupsName } from "../../src/lookup/cache-key.ts";
import { find, type Found, type Search } from "../../src/lookup/find.ts";
import { fetchShared, type Fetch } from "../../src/legs/fetch.ts";
import { settle } from "../support/fake-clock.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { cachePolicy } from "../support/settings.ts";
import { Workbench } from "../support/workbench.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";
import type { Route, Upstream } from "../../src/ports/settings.ts";

const JSON_TYPE = ["Content-Type", "application/json"];
const TAGGED = [...JSON_TYPE, "ETag", '"v1"'];
const KEY = "k";
const PATH = "api path /x";
const GROUPS = originGroupsName("api");

const POLICY = cachePolicy({
  lifetimeMs: 10_000,
  mediaTypes: ["application/json"],
  errorEnvelope: [{ member: "error", is: true }],
  maxStoredBytes: 100,
});

/** What happens while one forward goes its way, and how its route differs. */
interface Going {
  /** Between the first look and the turn. */
  readonly inLine?: () => Promise<void>;
  /** While the upstream has the request: its answer takes a second. */
  readonly inTheAir?: () => Promise<void>;
  readonly route?: Partial<Route>;
  /** The client's own fields. */
  readonly asked?: readonly string[];
}

function open(policy = POLICY, upstream: Partial<Upstream> = {}) {
  const bench = new Workbench(upstream);
  const store = new MemoryCacheStore();
  const look = (search: Omit<Search, "now">): Promise<Found> =>
    find(store, { ...search, now: bench.clock.now() }, !store.failing);
  return {
    bench,
    store,
    sends: (answer: { status: number; fields?: readonly string[]; body?: string }) =>
      bench.client.script.push({ afterMs: 1000, ...answer }),
    /** Looks, stands in line, and fetches. */
    async fetch({ inLine, inTheAir, route = {}, asked: fields = [] }: Going = {}) {
      const exchange = bench.exchange({ fields, route: { cache: policy, ...route } });
      const { asked, body, since, notes, effect } = exchange;
      const outbound = { method: "GET", target: "/x", fields: ["Accept", "application/json"] };
      const errand = { asked, outbound, body, since, deadline: since + 30_000, notes, effect };
      const wishes = readWishes([], false);
      const asks = { fields: outbound.fields, wishes, liberal: false };
      const search = { key: KEY, names: [PATH, GROUPS], ...asks };
      const found = await look(search);
      if (found.kind === "hit") throw new Error("There is nothing to fetch.");
      const acquiring = bench.line.acquire(errand, exchange.request.signal);
      await bench.clock.advance(1);
      const permit = await acquiring;
      await inLine?.();
      const fetch: Fetch = { exchange, policy, errand, search, found, collapse: true };
      const air = {
        signal: new AbortController().signal,
        grounded: () => void (notes.note = "grounded"),
      };
      const flying = fetchShared({ store, look }, fetch, { permit, air });
      flying.catch(() => {});
      await bench.clock.advance(500);
      await inTheAir?.();
      await bench.clock.advance(5000);
      return { landing: await flying, notes };
    },
    variants: async (): Promise<readonly StoredResponse[]> => {
      const { variants } = await store.read(KEY, []);
      return variants;
    },
    sent: (index: number): readonly string[] => bench.client.seen[index]?.request.fields ?? [],
  };
}

function* broken(): Generator<Buffer> {
  yield Buffer.from("{");
  throw new Error("cut");
}

type World = ReturnType<typeof open>;

/** Something is stored, and no longer fresh. */
async function withStale(fields = TAGGED, policy = POLICY): Promise<World> {
  const world = open(policy);
  world.sends({ status: 200, fields, body: '{"a":1}' });
  await world.fetch();
  await world.bench.clock.advance(10_001);
  return world;
}

/** Nothing is held any more: no permit, no slot, no place among those under way. */
function expectNothingHeld({ bench }: World): void {
  expect([bench.slots, bench.line.scheduler.load]).toMatchObject([0, { waiting: 0, underWay: 0 }]);
}

describe("fetchShared() looks once more", () => {
  it("answers from what somebody else stored meanwhile, and gives the permit back", async () => {
    const world = open();
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    await world.fetch();
    const [theirs] = await world.variants();
    await world.store.remove(KEY);
    if (!theirs) throw new Error("Nothing was stored.");
    const inLine = (): Promise<void> => world.store.write(KEY, theirs, 1000);
    const { landing } = await world.fetch({ inLine });
    expect(landing).toMatchObject({ shared: true, stored: true, result: { kind: "hit" } });
    expect(world.bench.client.seen).toHaveLength(1);
    expectNothingHeld(world);
    expect(world.bench.line.scheduler.outlook.standings[0]?.used).toBe(0);
  });

  it("does not claim that others find what this process alone holds", async () => {
    const world = await withStale();
    const [old] = await world.variants();
    if (!old) throw new Error("Nothing was stored.");
    const inLine = async (): Promise<void> => {
      const now = world.bench.clock.now();
      await world.store.write(KEY, { ...old, requestedAt: now, receivedAt: now }, 1000);
      await world.store.read(KEY, [PATH, GROUPS]);
      world.store.failing = true;
    };
    const { landing } = await world.fetch({ inLine });
    expect(landing).toMatchObject({ stored: false, result: { kind: "hit", away: true } });
    expectNothingHeld(world);
  });

  it("gives the permit back where the look fails", async () => {
    const world = open();
    const defect = new TypeError("a defect");
    const inLine = async (): Promise<void> => {
      world.store.read = () => Promise.reject(defect);
    };
    await expect(world.fetch({ inLine })).rejects.toBe(defect);
    await world.bench.clock.advance(1);
    expectNothingHeld(world);
    expect(world.bench.client.seen).toHaveLength(0);
  });

  it("stores under what it read then, not under what was read before it stood in line", async () => {
    const world = open();
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const { landing } = await world.fetch({ inLine: () => world.store.bump([PATH], "hard") });
    expect(landing).toMatchObject({ shared: true, stored: true });
    const [{ hard } = { hard: "" }] = await world.store.generations([PATH]);
    expect((await world.variants())[0]?.generations).toEqual([[PATH, hard, ""]]);
  });
});

describe("fetchShared() validates", () => {
  it("freshens what a 304 speaks of, every field of it", async () => {
    const world = await withStale();
    world.sends({ status: 304, fields: ["ETag", '"v1"', "X-New", "1"] });
    const { landing } = await world.fetch();
    expect(world.sent(1)).toEqual(expect.arrayContaining(["If-None-Match", '"v1"']));
    expect(landing).toMatchObject({
      shared: true,
      stored: true,
      result: { kind: "stored", kept: true, revalidated: true },
    });
    const [renewed] = await world.variants();
    expect(Buffer.from(renewed?.body ?? []).toString()).toBe('{"a":1}');
    expect(renewed?.fields).toContain("X-New");
    expectNothingHeld(world);
  });

  it("asks again without validators, with a turn of its own, where a 304 speaks of something else", async () => {
    const world = await withStale();
    world.sends({ status: 304, fields: ["ETag", '"another"'] });
    world.sends({ status: 200, fields: [...JSON_TYPE, "ETag", '"v2"'], body: '{"a":2}' });
    const { landing, notes } = await world.fetch();
    expect(world.sent(1)).toContain("If-None-Match");
    expect(world.sent(2)).not.toContain("If-None-Match");
    expect(landing).toMatchObject({ stored: true, result: { revalidated: false } });
    expect(notes).toMatchObject({ forwards: 2 });
    expect((await world.variants()).map(({ etag }) => etag)).toEqual(['"v2"']);
    expectNothingHeld(world);
  });

  it("does not validate by what was invalidated meanwhile: a date may not tell the two apart", async () => {
    const world = await withStale([...JSON_TYPE, "Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"]);
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":2}' });
    const { landing } = await world.fetch({ inLine: () => world.store.bump([PATH], "hard") });
    expect(world.sent(1)).not.toContain("If-Modified-Since");
    expect(landing).toMatchObject({ stored: true, result: { revalidated: false } });
  });

  it.each([
    [true, 2],
    [false, 1],
  ])("charges a 304 as the route says: %s", async (chargeNotModified, used) => {
    const world = await withStale(TAGGED, { ...POLICY, chargeNotModified });
    // A unit beside, that counts in any case.
    await world.bench.fill(1);
    const before = world.bench.client.seen.length;
    world.bench.client.script.push({ status: 304, fields: TAGGED });
    const { landing } = await world.fetch();
    expect([landing.stored, world.bench.client.seen.length - before]).toEqual([true, 1]);
    expect(world.bench.line.scheduler.outlook.standings[0]?.used).toBe(used);
  });

  it("is the leader's alone where the 304 forbids to keep it", async () => {
    const world = await withStale();
    world.sends({ status: 304, fields: ["ETag", '"v1"', "Cache-Control", "no-store"] });
    const { landing } = await world.fetch();
    expect(landing).toMatchObject({ shared: false, stored: false, result: { kept: false } });
  });
});

describe("fetchShared() does not store", () => {
  it("what was fetched while a write was under way (P7), but shares it", async () => {
    const world = open();
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const inLine = (): Promise<void> =>
      world.store.mark({ writer: "w", names: [PATH], forMs: 1000 });
    const { landing } = await world.fetch({ inLine });
    expect(landing).toMatchObject({ shared: true, stored: false, result: { kept: false } });
    expect(await world.variants()).toEqual([]);
  });

  it("a 304 that came while a write was under way", async () => {
    const world = await withStale();
    world.sends({ status: 304, fields: ["ETag", '"v1"', "X-New", "1"] });
    const inLine = (): Promise<void> =>
      world.store.mark({ writer: "w", names: [PATH], forMs: 1000 });
    const { landing } = await world.fetch({ inLine });
    expect(landing).toMatchObject({ shared: true, stored: false });
    expect((await world.variants())[0]?.fields).not.toContain("X-New");
  });

  it("what came while the store was out of reach, whatever it hears later (P10)", async () => {
    const world = open();
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    world.store.failing = true;
    const inTheAir = async (): Promise<void> => void (world.store.failing = false);
    const { landing } = await world.fetch({ inTheAir });
    expect(landing).toMatchObject({ shared: true, stored: false });
    expect(await world.variants()).toEqual([]);
  });

  it("what the store does not take", async () => {
    const world = open();
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const inTheAir = async (): Promise<void> => void (world.store.failing = true);
    const { landing } = await world.fetch({ inTheAir });
    expect(landing).toMatchObject({ shared: true, stored: false, result: { kept: false } });
  });

  it.each([
    [429, "throttled"],
    [500, "upstream-error"],
    [502, "upstream-error"],
    [503, "upstream-error"],
    [504, "upstream-error"],
  ])("a %i where something stale may serve instead, which all are told as %s", async (...is) => {
    const [status, why] = is;
    const world = await withStale(TAGGED, { ...POLICY, staleIfErrorMs: 60_000 });
    world.sends({ status, fields: [...JSON_TYPE, "Retry-After", "3600"], body: "{}" });
    const { landing } = await world.fetch();
    expect(landing).toMatchObject({ shared: true, stored: false, result: { kind: "failed", why } });
    expect((await world.variants()).map((variant) => variant.status)).toEqual([200]);
    expectNothingHeld(world);
  });

  it("an error in the place of a good stale answer, and leaves that where it is", async () => {
    const world = await withStale();
    const cached = [...JSON_TYPE, "Cache-Control", "max-age=60"];
    world.sends({ status: 503, fields: cached, body: "{}" });
    const { landing } = await world.fetch();
    expect(landing).toMatchObject({
      shared: false,
      stored: false,
      result: { kind: "answer", why: "status", answer: { status: 503 } },
    });
    expect((await world.variants()).map(({ status }) => status)).toEqual([200]);
  });

  it.each([
    ["an error envelope", "error-envelope", { fields: JSON_TYPE, body: '{"error":true}' }],
    ["another media type", "media-type", { fields: ["Content-Type", "text/html"], body: "<p>" }],
    ["a private answer", "private", { fields: [...JSON_TYPE, "Cache-Control", "private"] }],
  ])("%s, which is its leader's alone", async (_what, why, answer) => {
    const world = open();
    world.sends({ status: 200, ...answer });
    const { landing } = await world.fetch();
    expect(landing).toMatchObject({
      shared: false,
      stored: false,
      result: { kind: "answer", why },
    });
    expect(await world.variants()).toEqual([]);
  });

  it("what is larger than the bound, and passes all of it on", async () => {
    const world = open();
    const body = JSON.stringify({ pad: "x".repeat(200) });
    world.sends({ status: 200, fields: JSON_TYPE, body });
    const { landing } = await world.fetch();
    expect(landing).toMatchObject({ shared: false, result: { kind: "answer", why: "too-large" } });
    if (landing.result.kind !== "answer") throw new Error("It was kept.");
    const rest = landing.result.answer.body;
    if (!(rest instanceof Readable)) throw new Error("The body is not to be read.");
    const chunks = await rest.toArray();
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe(body);
    await world.bench.clock.advance(1);
    expectNothingHeld(world);
  });

  it("a body that broke off, which fails the forward", async () => {
    const world = open();
    const body = Readable.from(broken());
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body });
    const failing = world.fetch().catch((error: unknown) => error);
    expect(await failing).toMatchObject({ type: "upstream-broke-off" });
    expect(await failing).toBeInstanceOf(Problem);
    await settle();
    expect(await world.variants()).toEqual([]);
  });
});

describe("fetchShared() judges whether a request was authenticated", () => {
  const PUBLIC = { ...POLICY, sharesAuthenticated: false };
  const isStored = async (asked: string[], upstream: Partial<Upstream>) => {
    const world = open(PUBLIC, upstream);
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    return (await world.fetch({ asked })).landing.stored;
  };

  it("by the gateway's own key, which no field of the client's shows (trap 1)", async () => {
    expect(await isStored([], {})).toBe(false);
    expect(await isStored([], { keys: [] })).toBe(true);
  });

  it("by the client's own fields, since what its Connection lists does not leave (trap 22)", async () => {
    const asked = ["Authorization", "Basic dTpw", "Connection", "authorization, close"];
    expect(await isStored(asked, { keys: [] })).toBe(false);
  });
});

describe("fetchShared() and the origin's groups (RFC 9875)", () => {
  const GROUPED = [...JSON_TYPE, "Cache-Groups", '"g", "h"'];

  it("stores what it answers under the groups that the answer names", async () => {
    const world = open();
    world.sends({ status: 200, fields: GROUPED, body: '{"a":1}' });
    expect((await world.fetch()).landing).toMatchObject({ stored: true });
    const names = (await world.variants())[0]?.generations.map(([name]) => name);
    expect(names).toEqual([PATH, originGroupName("api", "g"), originGroupName("api", "h")]);
  });

  it("does not store it where any group was invalidated while it was under way", async () => {
    const world = open();
    world.sends({ status: 200, fields: GROUPED, body: '{"a":1}' });
    const inTheAir = (): Promise<void> =>
      world.store.bump([originGroupName("api", "g"), GROUPS], "hard");
    const { landing } = await world.fetch({ inTheAir });
    expect(landing).toMatchObject({ shared: true, stored: false });
  });

  it("stores an answer without groups all the same, and not under the name of all groups", async () => {
    const world = open();
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const { landing } = await world.fetch({ inTheAir: () => world.store.bump([GROUPS], "hard") });
    expect(landing).toMatchObject({ stored: true });
    expect((await world.variants())[0]?.generations).toEqual([[PATH, "", ""]]);
  });

  it("does not store it where one of its groups is about to be changed, or cannot be asked for", async () => {
    for (const how of ["pending", "away"] as const) {
      const world = open();
      world.sends({ status: 200, fields: GROUPED, body: '{"a":1}' });
      const inTheAir = async (): Promise<void> => {
        const names = [originGroupName("api", "h")];
        if (how === "pending") await world.store.mark({ writer: "w", names, forMs: 1000 });
        else world.store.failing = true;
      };
      const { landing } = await world.fetch({ inTheAir });
      expect(landing).toMatchObject({ shared: true, stored: false });
    }
  });

  it("keeps to the groups of what a 304 freshens, and to new ones that it names", async () => {
    const world = await withStale([...TAGGED, "Cache-Groups", '"g"']);
    world.sends({ status: 304, fields: ["ETag", '"v1"'] });
    await world.fetch();
    const names = async () => (await world.variants())[0]?.generations.map(([name]) => name);
    expect(await names()).toEqual([PATH, originGroupName("api", "g")]);
    await world.bench.clock.advance(10_001);
    world.sends({ status: 304, fields: ["ETag", '"v1"', "Cache-Groups", '"i"'] });
    await world.fetch();
    expect(await names()).toEqual([PATH, originGroupName("api", "i")]);
  });
});

describe("fetchShared() tells", () => {
  it("its followers when the request has to stand in line again", async () => {
    const world = open();
    world.bench.client.script.push({ status: 429, fields: ["Retry-After", "1"] });
    world.sends({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const { landing, notes } = await world.fetch();
    expect([landing.stored, notes.note, notes.throttled]).toEqual([true, "grounded", 1]);
  });
});
