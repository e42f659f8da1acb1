import { describe, expect, it } from "vitest";
import { Problem, problemTypes, type ProblemType } from "../../src/http/problem.ts";
import { StaleService, type Served } from "../../src/legs/stale-service.ts";
import { storedResponse } from "../support/stored-response.ts";
import { settle } from "../support/fake-clock.ts";
import { answered, FetchBench, renewed, type FetchChanges } from "../support/fetching.ts";

const FOR_ERRORS = { staleIfErrorMs: 30_000 };
const WHILE_REFRESHED = { staleWhileRevalidateMs: 30_000 };

/** Ten seconds after the lifetime of what is stored has ended, unless said otherwise. */
async function open(staleMs = 10_000) {
  const bench = new FetchBench();
  const service = new StaleService(bench);
  await bench.clock.advance(60_000 + staleMs);
  return {
    bench,
    service,
    serves(changes: FetchChanges = {}): Serving {
      const serving: Serving = { served: undefined, error: undefined };
      service.serve(bench.miss(changes)).then(
        (served) => Object.assign(serving, { served }),
        (error: unknown) => Object.assign(serving, { error }),
      );
      return serving;
    },
  };
}

interface Serving {
  served: Served | undefined;
  error: unknown;
}

function problem(type: ProblemType): Problem {
  return new Problem(type, { detail: "as the test says" });
}

const REPLACEABLE: ProblemType[] = [
  "queue-full",
  "deadline-passed",
  "upstream-unreachable",
  "upstream-broke-off",
  "upstream-timeout",
  "upstream-refused-key",
  "store-unavailable",
  "upstream-down",
];

describe("serve() at once", () => {
  it("serves stale while it is refreshed in the background, once a key", async () => {
    const world = await open();
    const first = world.serves({ stored: WHILE_REFRESHED });
    const second = world.serves({ stored: WHILE_REFRESHED });
    await settle();
    for (const { served } of [first, second]) {
      expect(served).toMatchObject({
        kind: "stale",
        why: "stale-while-revalidate",
        ageMs: 70_000,
        ttlMs: -10_000,
        asked: false,
      });
    }
    expect([world.bench.fetching.length, world.service.refreshes]).toEqual([1, 1]);
    world.bench.at(0).resolve(renewed());
    await settle();
    expect(world.service.refreshes).toBe(0);
    world.serves({ stored: WHILE_REFRESHED });
    await settle();
    expect(world.bench.fetching).toHaveLength(2);
  });

  it("serves stale while the upstream has asked for a pause, and asks it for nothing", async () => {
    const world = await open();
    await world.bench.bench.pause(5);
    const serving = world.serves({ stored: FOR_ERRORS });
    await settle();
    expect(serving.served).toMatchObject({ kind: "stale", why: "paused", asked: false });
    expect(world.bench.fetching).toHaveLength(0);
    await world.bench.clock.advance(6000);
    world.serves({ stored: FOR_ERRORS });
    await settle();
    expect(world.bench.fetching).toHaveLength(1);
  });

  it("serves nothing stale beyond the windows: what comes of the forward is the answer", async () => {
    for (const stored of [{ staleWhileRevalidateMs: 9999, staleIfErrorMs: 9999 }, {}]) {
      const world = await open();
      const serving = world.serves({ stored });
      await world.bench.clock.advance(10_000);
      expect([serving.served, world.bench.fetching.length]).toEqual([undefined, 1]);
      const unreachable = problem("upstream-unreachable");
      world.bench.at(0).reject(unreachable);
      await settle();
      expect(serving.error).toBe(unreachable);
    }
  });

  it("serves at the last instant of a window", async () => {
    const world = await open();
    const serving = world.serves({ stored: { staleWhileRevalidateMs: 10_000 } });
    await settle();
    expect(serving.served).toMatchObject({ why: "stale-while-revalidate" });
  });

  it("serves nothing stale to who wants the upstream itself", async () => {
    const world = await open();
    const stored = { ...WHILE_REFRESHED, ...FOR_ERRORS };
    const serving = world.serves({ stored, fields: ["Cache-Control", "no-cache"] });
    await settle();
    world.bench.at(0).reject(problem("upstream-timeout"));
    await settle();
    expect(serving).toMatchObject({ served: undefined, error: { type: "upstream-timeout" } });
  });

  it("fetches where nothing is stored", async () => {
    const world = await open();
    const { found, ...miss } = world.bench.miss();
    const { stale: _, ...nothing } = found;
    const serving = world.service.serve({ ...miss, found: nothing });
    await settle();
    world.bench.at(0).resolve(renewed());
    expect(await serving).toMatchObject({ kind: "fetched", collapsed: false });
  });

  it("refuses who only wants what is stored, unless a window allows it (RFC 9111 section 5.2.1.7)", async () => {
    const world = await open();
    const fields = ["Cache-Control", "only-if-cached"];
    const refused = world.serves({ fields });
    const served = world.serves({ fields, stored: WHILE_REFRESHED });
    await settle();
    expect(refused.error).toMatchObject({ type: "only-if-cached", status: 504 });
    expect(served.served).toMatchObject({ why: "stale-while-revalidate" });
  });
});

describe("serve() where a forward fails", () => {
  it.each(REPLACEABLE)("serves stale instead of the problem %s, and names it", async (type) => {
    const world = await open();
    const serving = world.serves({ stored: FOR_ERRORS });
    await settle();
    world.bench.at(0).reject(problem(type));
    await settle();
    expect(serving.served).toMatchObject({ kind: "stale", why: type, asked: true });
  });

  it("passes every other problem on, and what is no problem at all", async () => {
    const types = Object.keys(problemTypes) as ProblemType[];
    const others = types.filter((type) => !REPLACEABLE.includes(type)).map(problem);
    for (const error of [...others, new TypeError("a defect")]) {
      const world = await open();
      const serving = world.serves({ stored: FOR_ERRORS });
      await settle();
      world.bench.at(0).reject(error);
      await settle();
      expect(serving.error).toBe(error);
    }
  });

  it.each(["throttled", "upstream-error"] as const)(
    "serves what is stale for everybody who waited as %s, also where it had nothing by itself",
    async (why) => {
      const world = await open();
      const shared = storedResponse({ reason: "shared" });
      const failed = { fetched: { kind: "failed", why, stored: shared }, collapsed: true } as const;
      for (const [index, changes] of [{ stored: FOR_ERRORS }, {}].entries()) {
        const serving = world.serves(changes);
        await settle();
        world.bench.at(index).resolve(failed);
        await settle();
        expect(serving.served).toMatchObject({ kind: "stale", why, asked: true, stored: shared });
      }
    },
  );

  it.each([200, 304, 400, 404, 410, 501])("passes the upstream's %i on", async (status) => {
    const world = await open();
    const serving = world.serves({ stored: FOR_ERRORS });
    await settle();
    world.bench.at(0).resolve(answered(status));
    await settle();
    expect(serving.served).toMatchObject({ kind: "fetched", fetched: { answer: { status } } });
  });

  it("answers with what was fetched where that is as it should be, told whose forward it was", async () => {
    const world = await open();
    const serving = world.serves({ stored: FOR_ERRORS });
    await settle();
    world.bench.at(0).resolve({ ...renewed(), collapsed: true });
    await settle();
    expect(serving.served).toMatchObject({ kind: "fetched", collapsed: true });
    // No timer is left to make a slow answer of it.
    await world.bench.clock.advance(5000);
    expect(world.service.refreshes).toBe(0);
  });
});

describe("serve() where a forward is slow", () => {
  it("serves stale after the soft time-out, and lets the forward go on as the refresh of its key", async () => {
    const world = await open();
    const client = new AbortController();
    const serving = world.serves({ stored: FOR_ERRORS, signal: client.signal });
    await world.bench.clock.advance(1999);
    expect(serving.served).toBeUndefined();
    await world.bench.clock.advance(1);
    expect(serving.served).toMatchObject({ kind: "stale", why: "slow", asked: true });
    client.abort();
    await settle();
    expect([world.bench.at(0).signal.aborted, world.service.refreshes]).toEqual([false, 1]);
    world.bench.at(0).resolve(renewed());
    await settle();
    expect(world.service.refreshes).toBe(0);
  });

  it("serves stale at once where somebody has waited as long for the same already", async () => {
    const world = await open();
    world.serves({ stored: FOR_ERRORS });
    await world.bench.clock.advance(2000);
    const soon = world.serves({ stored: FOR_ERRORS });
    await world.bench.clock.advance(1999);
    expect(soon.served).toBeUndefined();
    const later = world.serves({ stored: FOR_ERRORS });
    await world.bench.clock.advance(1);
    const last = world.serves({ stored: FOR_ERRORS });
    await settle();
    expect(soon.served).toMatchObject({ why: "slow", asked: true });
    expect(last.served).toMatchObject({ why: "slow", asked: false });
    expect(later.served).toBeUndefined();
    // One goes on; whoever joined it later has left.
    expect(world.bench.fetching.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  });

  it("serves stale as soon as the upstream is known to have asked for a pause", async () => {
    const world = await open();
    const serving = world.serves({ stored: FOR_ERRORS });
    await world.bench.clock.advance(200);
    expect(serving.served).toBeUndefined();
    await world.bench.bench.pause(5);
    await world.bench.clock.advance(200);
    expect(serving.served).toMatchObject({ kind: "stale", why: "paused", asked: true });
    expect(world.service.refreshes).toBe(1);
  });

  it("still asks the upstream where the soft time-out is nothing", async () => {
    const world = await open();
    const serving = world.serves({ stored: FOR_ERRORS, softTimeoutMs: 0 });
    await world.bench.clock.advance(1);
    expect(serving.served).toMatchObject({ why: "slow", asked: true });
    expect([world.bench.fetching.length, world.service.refreshes]).toEqual([1, 1]);
  });

  it("ends the forward of a client that leaves before, and tells it of its own leaving", async () => {
    const world = await open();
    const client = new AbortController();
    const serving = world.serves({ stored: FOR_ERRORS, signal: client.signal });
    await settle();
    const left = new Error("left");
    client.abort(left);
    await settle();
    expect([world.bench.at(0).signal.aborted, serving.error]).toEqual([true, left]);
    expect(world.service.refreshes).toBe(0);
  });

  it("begins nothing for a client that has left already", async () => {
    const world = await open();
    const left = new Error("left");
    const serving = world.serves({ stored: FOR_ERRORS, signal: AbortSignal.abort(left) });
    await settle();
    expect([serving.error, world.bench.fetching.length]).toEqual([left, 0]);
  });
});

describe("stop()", () => {
  it("ends what goes on in the background, and lets nothing begin there", async () => {
    const world = await open();
    world.serves({ stored: WHILE_REFRESHED, key: "a" });
    world.serves({ stored: FOR_ERRORS, key: "b" });
    await world.bench.clock.advance(2000);
    expect(world.service.refreshes).toBe(2);
    world.service.stop();
    await settle();
    expect(world.bench.fetching.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(world.service.refreshes).toBe(0);
    const serving = world.serves({ stored: WHILE_REFRESHED, key: "c" });
    await settle();
    expect(serving.served).toMatchObject({ why: "stale-while-revalidate" });
    expect(world.bench.fetching).toHaveLength(2);
  });
});
