import { PassThrough } from "node:stream";
import { accessRecord } from "../../src/observe/access-record.ts";
import { describe, expect, it } from "vitest";
import { Refreshes } from "../../src/legs/refreshes.ts";
import { settle } from "../support/fake-clock.ts";
import { answered, FetchBench, renewed } from "../support/fetching.ts";
import type { RefreshTrace } from "../../src/ports/tracing.ts";
import type { Permit } from "../../src/schedule/permit.ts";

function open() {
  const bench = new FetchBench();
  return { bench, refreshes: new Refreshes(bench) };
}

type World = ReturnType<typeof open>;

/** Stands in line as the refresh that was begun last would. */
async function boards({ bench }: World): Promise<Permit | string> {
  const { fetch, signal } = bench.at(bench.fetching.length - 1);
  if (!fetch.board) throw new Error("A refresh stands in line in a way of its own.");
  const boarding = fetch.board(signal).catch((error: unknown) => String(error));
  await bench.clock.advance(1);
  return boarding;
}

/** A forward of a client that has been answered with something stale. */
function leftRunning({ bench }: World) {
  const fetch = bench.miss();
  const forwarding = new AbortController();
  return { fetch, forwarding, fetching: bench.fetch(fetch, forwarding.signal) };
}

const step = () => ({ fields: [], end: () => {} });

describe("begin()", () => {
  it("refreshes each key once at a time, and tells for how long", async () => {
    const { bench, refreshes } = open();
    refreshes.begin(bench.miss({ key: "a" }));
    await bench.clock.advance(300);
    refreshes.begin(bench.miss({ key: "a" }));
    refreshes.begin(bench.miss({ key: "b" }));
    expect([bench.fetching.length, refreshes.count]).toEqual([2, 2]);
    expect(["a", "b", "c"].map((key) => refreshes.runningMs(key))).toEqual([300, 0, undefined]);
  });

  it("asks as the last in line, for five seconds at most, and for everybody", async () => {
    const { bench, refreshes } = open();
    await bench.clock.advance(1000);
    const miss = bench.miss({ fields: ["Cache-Control", "max-stale"], waitMs: 60_000 });
    refreshes.begin(miss);
    const { errand, search } = bench.at(0).fetch;
    expect(errand).toMatchObject({ since: 1000, deadline: 6000, asked: { urgency: 7 } });
    expect(miss.search.wishes.maxStaleMs).toBe(Number.POSITIVE_INFINITY);
    expect(search.wishes.maxStaleMs).toBeUndefined();
  });

  it("lets whoever asks later go before it", async () => {
    const world = open();
    const { bench, refreshes } = world;
    await bench.bench.fill();
    await bench.clock.advance(3000);
    refreshes.begin(bench.miss());
    const order: string[] = [];
    const boarding = boards(world).finally(() => order.push("refresh"));
    const sending = bench.bench.send(bench.bench.errand("GET"));
    void sending.finally(() => order.push("client"));
    await bench.clock.advance(4000);
    expect(order).toEqual(["client", "refresh"]);
    (await sending).body.resume();
    expect(await boarding).toMatch(/AbortError/);
  });

  it("goes with a permit while a tenth of the quota is free, and else gives it back", async () => {
    const world = open();
    await world.bench.bench.fill(17);
    world.refreshes.begin(world.bench.miss({ key: "a" }));
    const permit = await boards(world);
    expect(permit).toMatchObject({ ticket: expect.any(String) });
    if (typeof permit === "string") throw new Error(permit);
    expect(permit.mayDepart()).toBe(true);
    permit.end("answered");
    await world.bench.clock.advance(1);
    world.refreshes.begin(world.bench.miss({ key: "b" }));
    expect(await boards(world)).toMatch(/AbortError.*for those who wait/);
    await world.bench.clock.advance(1);
    const { load, outlook } = world.bench.bench.line.scheduler;
    expect(load).toMatchObject({ waiting: 0, underWay: 0 });
    expect(outlook.standings[0]?.used).toBe(18);
  });

  it("tells what it has cost, and nothing of it to the client's own notes", async () => {
    const { bench, refreshes } = open();
    const miss = bench.miss();
    refreshes.begin(miss);
    const { exchange, errand } = bench.at(0).fetch;
    expect(errand.notes).toBe(exchange.notes);
    Object.assign(exchange.notes, { forwards: 2, units: 6, throttled: 1 });
    expect(bench.costs).toEqual([]);
    bench.at(0).resolve(renewed());
    await settle();
    const spender = { upstream: "api", consumer: "tester", route: exchange.asked.route?.name };
    expect(bench.costs).toEqual([{ ...spender, forwards: 2, units: 6, throttled: 1 }]);
    expect(miss.exchange.notes).toMatchObject({ forwards: 0, throttled: 0 });
  });

  it("is a part of the trace of the request that caused it, until it ends", async () => {
    const { bench, refreshes } = open();
    const ends: unknown[] = [];
    const refresh: RefreshTrace = {
      step,
      refresh: () => refresh,
      end: (result) => void ends.push(result),
    };
    const miss = (key: string) => {
      const fetch = bench.miss({ key });
      fetch.exchange.notes.trace = { step, refresh: () => refresh };
      return fetch;
    };
    for (const key of ["a", "b"]) refreshes.begin(miss(key));
    expect(bench.at(0).fetch.exchange.notes.trace).toBe(refresh);
    expect(ends).toEqual([]);
    bench.at(0).resolve(renewed());
    bench.at(1).reject(new Error("no luck"));
    await settle();
    expect(ends).toEqual([{}, { error: new Error("no luck") }]);
  });

  it("ends quietly where it fails, so that the next request begins another", async () => {
    const { bench, refreshes } = open();
    refreshes.begin(bench.miss());
    bench.at(0).reject(new Error("no luck"));
    await settle();
    expect([refreshes.count, bench.costs.length]).toEqual([0, 1]);
    refreshes.begin(bench.miss());
    expect(bench.fetching).toHaveLength(2);
  });

  it("reads off an answer that nobody waits for", async () => {
    const { bench, refreshes } = open();
    refreshes.begin(bench.miss());
    const body = new PassThrough();
    bench.at(0).resolve(answered(500, body));
    body.end("never mind");
    await settle();
    expect(body.readableEnded).toBe(true);
  });

  it("gives up an answer that goes on and on, and its place among the forwards", async () => {
    const { bench, refreshes } = open();
    refreshes.begin(bench.miss());
    const body = new PassThrough();
    bench.at(0).resolve(answered(200, body));
    await settle();
    for (let chunk = 0; chunk < 10; chunk += 1) body.write(Buffer.alloc(10_000));
    await expect.poll(() => body.destroyed).toBe(true);
  });

  it("begins a hundred at once and no more", () => {
    const { bench, refreshes } = open();
    for (let index = 0; index < 150; index += 1) refreshes.begin(bench.miss({ key: `k${index}` }));
    expect([bench.fetching.length, refreshes.count]).toEqual([100, 100]);
  });
});

describe("adopt()", () => {
  it("goes on with what nobody waits for, and tells what it costs from then on", async () => {
    const world = open();
    const { fetch, fetching, forwarding } = leftRunning(world);
    Object.assign(fetch.exchange.notes, { forwards: 1, units: 3 });
    world.refreshes.adopt(fetch, fetching, forwarding);
    expect([forwarding.signal.aborted, world.refreshes.count]).toEqual([false, 1]);
    Object.assign(fetch.exchange.notes, { forwards: 2, units: 6 });
    world.bench.at(0).resolve(renewed());
    await settle();
    expect(world.bench.costs).toMatchObject([{ forwards: 1, units: 3, throttled: 0 }]);
    // The client's record may be made when it has gone on: nothing is in both.
    const ending = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
    const record = accessRecord(fetch.exchange.notes, ending);
    expect(record).toMatchObject({ forwards: 1, units: 3, throttled: 0 });
  });

  it("ends it where its key is being refreshed already", async () => {
    const world = open();
    world.refreshes.begin(world.bench.miss());
    const { fetch, fetching, forwarding } = leftRunning(world);
    world.refreshes.adopt(fetch, fetching, forwarding);
    await settle();
    expect([forwarding.signal.aborted, world.refreshes.count]).toEqual([true, 1]);
    expect(world.bench.at(0).signal.aborted).toBe(false);
  });

  it("reads off the answer of one that could not be ended any more", async () => {
    const world = open();
    world.refreshes.begin(world.bench.miss());
    const [fetch, forwarding] = [world.bench.miss(), new AbortController()];
    const body = new PassThrough();
    world.refreshes.adopt(fetch, Promise.resolve(answered(200, body)), forwarding);
    body.end("never mind");
    await settle();
    expect(body.readableEnded).toBe(true);
  });
});

describe("stop()", () => {
  it("ends what was begun and what was adopted, and lets nothing begin", async () => {
    const world = open();
    world.refreshes.begin(world.bench.miss({ key: "a" }));
    const fetch = world.bench.miss({ key: "b" });
    const forwarding = new AbortController();
    const fetching = world.bench.fetch(fetch, forwarding.signal);
    world.refreshes.adopt(fetch, fetching, forwarding);
    world.refreshes.stop();
    await settle();
    expect(world.bench.fetching.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(world.refreshes.count).toBe(0);
    world.refreshes.begin(world.bench.miss({ key: "c" }));
    expect(world.bench.fetching).toHaveLength(2);
  });
});
