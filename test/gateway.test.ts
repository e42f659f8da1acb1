import { once } from "node:events";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { createProxyServer } from "../src/app.ts";
import { Gateway } from "../src/gateway.ts";
import { Invalidation } from "../src/store/invalidate.ts";
import { MemoryCacheStore } from "./support/memory-cache-store.ts";
import { SharedLeases } from "./support/memory-leases.ts";
import { cachePolicy, route, settings, unlistedGets } from "./support/settings.ts";
import { Workbench } from "./support/workbench.ts";
import type { AddressInfo } from "node:net";
import { recordOfHit, type AccessRecord } from "../src/observe/access-record.ts";
import type { Upstream } from "../src/ports/settings.ts";
import type { WarmResult } from "../src/store/warm.ts";
import type { Background } from "../src/legs/refreshes.ts";

/** A gateway on real sockets, with a scripted upstream and a clock that moves while somebody waits. */
async function open(changes: Partial<Upstream> = {}) {
  const bench = new Workbench(changes);
  const store = new MemoryCacheStore();
  const records: AccessRecord[] = [];
  const costs: Background[] = [];
  const causes: unknown[] = [];
  const whole = settings({ upstreams: [bench.upstream] });
  const gateway = new Gateway({
    settings: whole,
    clock: bench.clock,
    store,
    leases: new SharedLeases().process(),
    invalidation: new Invalidation(store),
    onBackground: (cost) => void costs.push(cost),
    lines: new Map([[bench.upstream.name, bench.line]]),
    onHits: (hits) => void records.push(...hits.map((hit) => recordOfHit(hit))),
    onRecord(record, cause) {
      records.push(record);
      causes.push(cause);
    },
  });
  const server = createProxyServer(gateway, whole).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  return {
    bench,
    store,
    records,
    costs,
    causes,
    gateway,
    async ask(path: string, options: Parameters<typeof request>[1] = {}) {
      const answered = new AbortController();
      const asking = request(`${base}${path}`, options).finally(() => answered.abort());
      while (!answered.signal.aborted) await bench.clock.advance(1);
      const response = await asking;
      const text = await response.body.text();
      return { status: response.statusCode, fields: response.headers, text };
    },
    /** What is done after an answer has been done. */
    settled: () => bench.clock.advance(1),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("handle()", () => {
  it("answers with what the upstream says, and records the exchange once", async () => {
    await using world = await open();
    world.bench.client.script.push({ status: 203, fields: ["X-A", "1"], body: "hello" });
    const answer = await world.ask("/x?y=z", { method: "POST", body: "hi" });
    expect([answer.status, answer.fields["x-a"], answer.text]).toEqual([203, "1", "hello"]);
    expect(world.records).toHaveLength(1);
    expect(world.records[0]).toMatchObject({
      method: "POST",
      path: "/x",
      cache: "method",
      status: 203,
      forwards: 1,
      bodyBytes: 5,
      end: "complete",
    });
  });

  it("answers a problem of its own as a document, under the request's id", async () => {
    await using world = await open();
    const answer = await world.ask("//b", { headers: { "x-request-id": "id-1" } });
    expect(answer.fields["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(answer.text)).toMatchObject({
      type: "urn:sluice:problem:bad-request",
      status: 400,
      instance: "urn:sluice:exchange:id-1",
    });
    expect(world.records[0]).toMatchObject({ problem: "bad-request", cache: "none" });
  });

  it("answers 500 without the reason where it fails itself, and gives the reason to the record", async () => {
    await using world = await open({ unlistedGets: unlistedGets() });
    world.store.read = () => Promise.reject(new Error("a secret of the house"));
    const answer = await world.ask("/x");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("secret of the house");
    expect(world.records[0]?.note).toContain("a secret of the house");
    expect(world.causes[0]).toBeInstanceOf(Error);
  });

  it("refuses what comes while it drains", async () => {
    await using world = await open();
    world.gateway.drain();
    expect(world.gateway.draining).toBe(true);
    const answer = await world.ask("/x");
    expect([answer.status, answer.fields["retry-after"]]).toEqual([503, "1"]);
    // Nothing more is sent on a connection that is about to go.
    expect(answer.fields["connection"]).toBe("close");
    expect(world.bench.client.seen).toHaveLength(0);
  });

  it("invalidates before a write is answered, also where its outcome is not known", async () => {
    await using world = await open();
    const generation = async () => (await world.store.generations(["api path /x"]))[0]?.hard;
    const before = await generation();
    await world.ask("/x", { method: "PUT", body: "a" });
    const after = await generation();
    world.bench.client.script.push({ fault: "broken" });
    expect((await world.ask("/x", { method: "PUT", body: "b" })).status).toBe(502);
    const last = await generation();
    expect(new Set([before, after, last]).size).toBe(3);
  });

  it.each(["7", "/api/list/7", "http://upstream.example/api/list/7"])(
    "invalidates what a write's answer names, wherever it is read from: %s",
    async (location) => {
      await using world = await open();
      const script = { status: 201, fields: ["Location", location] };
      world.bench.client.script.push(script);
      await world.ask("/list/", { method: "POST", body: "a" });
      const { generations } = await world.store.read("k", ["api path /list/7", "api path /7"]);
      expect(generations.map(({ hard }) => hard === "")).toEqual([false, true]);
    },
  );

  it("leaves what is stored alone where a write was never sent", async () => {
    await using world = await open({ maxRetries: 0 });
    world.bench.client.script.push({ fault: "unreachable" });
    expect((await world.ask("/x", { method: "PUT", body: "a" })).status).toBe(502);
    await world.settled();
    expect(world.store.calls).toEqual(["mark api path /x", "unmark api path /x"]);
  });

  it("announces a write before it is sent, tells of it before it is answered, and takes its marks back", async () => {
    const writes = route({ match: { methods: ["PUT"], path: "/x" }, invalidates: ["tickets"] });
    await using world = await open({ routes: [writes] });
    const calls: string[][] = [];
    const send = world.bench.client.send.bind(world.bench.client);
    world.bench.client.send = (sent) => {
      calls.push([...world.store.calls]);
      return send(sent);
    };
    await world.ask("/x", { method: "PUT", body: "a" });
    await world.settled();
    const names = "api path /x,api group tickets";
    expect(calls).toEqual([[`mark ${names}`]]);
    expect(world.store.calls).toEqual([`mark ${names}`, `bump hard ${names}`, `unmark ${names}`]);
  });

  it.each([
    ["a time-out", { fault: "timeout" }, 504],
    ["a connection that broke", { fault: "broken" }, 502],
    ["a failure of the upstream", { status: 500 }, 500],
  ] as const)("goes on marking what a write may yet change, after %s", async (...unknown) => {
    const [, behaviour, status] = unknown;
    await using world = await open();
    world.bench.client.script.push(behaviour);
    expect((await world.ask("/x", { method: "PUT", body: "a" })).status).toBe(status);
    await world.settled();
    const [generation] = await world.store.generations(["api path /x"]);
    expect([generation?.pending, generation?.hard === ""]).toEqual([true, false]);
  });

  it("leaves what is stored alone where the upstream refused a write with 429", async () => {
    await using world = await open();
    world.bench.client.script.push({ status: 429, fields: ["Retry-After", "60"] });
    expect((await world.ask("/x", { method: "PUT", body: "a" })).status).toBe(429);
    await world.settled();
    expect(world.store.calls).toEqual(["mark api path /x", "unmark api path /x"]);
  });

  it("invalidates the groups that the origin names in its answer to a write, and to nothing else (RFC 9875)", async () => {
    await using world = await open();
    const fields = ["Cache-Group-Invalidation", '"g"'];
    const groups = ["api origin-group g", "api origin-groups"];
    const bumped = async () =>
      (await world.store.generations(groups)).map(({ hard }) => hard !== "");
    world.bench.client.script.push({ status: 200, fields }, { status: 200, fields });
    await world.ask("/x", { method: "GET" });
    expect(await bumped()).toEqual([false, false]);
    await world.ask("/x", { method: "POST", body: "a" });
    expect(await bumped()).toEqual([true, true]);
  });

  it("marks nothing for a read, and invalidates after one what its route says", async () => {
    const reads = route({ match: { methods: ["GET"], path: "/pay" }, invalidates: ["invoices"] });
    await using world = await open({ routes: [reads] });
    await world.ask("/other");
    expect(world.store.calls).toEqual([]);
    await world.ask("/pay");
    await world.settled();
    expect(world.store.calls).toContain("bump hard api group invoices");
  });

  it("gives the turn back where a write cannot be announced for a defect", async () => {
    await using world = await open();
    world.store.mark = () => Promise.reject(new TypeError("a defect"));
    expect((await world.ask("/x", { method: "PUT", body: "a" })).status).toBe(500);
    await world.settled();
    expect(world.bench.client.seen).toHaveLength(0);
    expect(world.bench.line.scheduler.load).toMatchObject({ waiting: 0, underWay: 0 });
  });

  it("answers writes and reads while the store is away (P10)", async () => {
    await using world = await open();
    world.store.failing = true;
    expect((await world.ask("/x", { method: "PUT", body: "a" })).status).toBe(200);
    expect((await world.ask("/x")).status).toBe(200);
  });

  it("tells the store of a write when it is back, whether anybody asks or not (P7)", async () => {
    await using world = await open();
    const hard = async () => (await world.store.generations(["api path /x"]))[0]?.hard;
    const before = await hard();
    world.store.failing = true;
    world.bench.client.script.push({ status: 200 });
    await world.ask("/x", { method: "PUT" });
    await world.bench.clock.advance(1000);
    world.store.failing = false;
    expect(await hard()).toBe(before);
    await world.bench.clock.advance(250);
    expect(await hard()).not.toBe(before);
  });
});

/** Terms as far as RFC 9111 goes, before an upstream without keys. */
const LIBERAL: Partial<Upstream> = {
  keys: [],
  coding: "pass",
  liberal: true,
  unlistedGets: unlistedGets({ liberal: true }),
};

describe("handle() where the upstream is liberal", () => {
  const fresh = ["Cache-Control", "max-age=60"];

  it.each([400, 404, 500, 503])(
    "invalidates nothing for a write that is answered with %d (RFC 9111 section 4.4)",
    async (status) => {
      await using world = await open(LIBERAL);
      world.bench.client.script.push({ status: 200, fields: fresh }, { status });
      await world.ask("/x");
      await world.ask("/x", { method: "PUT", body: "a" });
      expect((await world.ask("/x")).fields["cache-status"]).toContain("hit");
    },
  );

  it("invalidates all the same for one that succeeds, or whose outcome is not known", async () => {
    await using world = await open(LIBERAL);
    for (const write of [{ status: 200 }, { status: 303 }, { fault: "broken" }] as const) {
      world.bench.client.script.push({ status: 200, fields: fresh }, write);
      await world.ask("/x");
      await world.ask("/x", { method: "PUT", body: "a" });
      expect((await world.ask("/x")).fields["cache-status"]).not.toContain("hit");
    }
  });

  it("answers a GET with what a POST has brought, until a write is answered (RFC 9110 section 9.3.3)", async () => {
    await using world = await open(LIBERAL);
    const fields = [...fresh, "Content-Location", "/api/x"];
    const { client } = world.bench;
    client.script.push({ status: 200, fields, body: "made" });
    const posted = await world.ask("/x", { method: "POST", body: "a" });
    expect(posted).toMatchObject({ text: "made" });
    expect(posted.fields["cache-status"]).toBe("sluice;fwd=method;stored");
    expect(await world.ask("/x")).toMatchObject({ status: 200, text: "made" });
    expect(client.seen).toHaveLength(1);
    await world.ask("/x", { method: "PUT", body: "b" });
    await world.ask("/x");
    expect(client.seen).toHaveLength(3);
  });

  it("answers a Range with the part that one like it has brought, or from a whole (RFC 9111 section 3.3)", async () => {
    await using world = await open(LIBERAL);
    const { client } = world.bench;
    const fields = [...fresh, "Content-Range", "bytes 2-3/9"];
    const ask = (range?: string) => world.ask("/x", { headers: range ? { range } : {} });
    client.script.push({ status: 206, fields, body: "23" });
    await ask("bytes=2-3");
    const again = await ask("bytes=2-3");
    expect([again.status, again.text]).toEqual([206, "23"]);
    expect(again.fields["content-range"]).toBe("bytes 2-3/9");
    expect(client.seen).toHaveLength(1);
    client.script.push({ status: 200, fields: fresh, body: "012345678" });
    expect((await ask()).text).toBe("012345678");
    expect(await ask("bytes=4-5")).toMatchObject({ status: 206, text: "45" });
    expect(client.seen).toHaveLength(2);
  });
});

describe("handle() with the house's caution", () => {
  it("stores no part and no answer to a POST, whatever they say of themselves", async () => {
    const fields = ["Cache-Control", "max-age=60", "Content-Location", "/api/x"];
    await using world = await open({ ...LIBERAL, liberal: false, unlistedGets: unlistedGets() });
    const { client } = world.bench;
    client.script.push({ status: 200, fields });
    await world.ask("/x", { method: "POST", body: "a" });
    await world.ask("/x", { headers: { range: "bytes=0-1" } });
    expect(client.seen).toHaveLength(2);
    expect(client.seen[1]?.request.fields).not.toContain("Range");
  });
});

const CACHED = route({
  match: { methods: ["GET"], path: "/x" },
  safe: true,
  cache: cachePolicy({ lifetimeMs: 10_000, staleWhileRevalidateMs: 60_000 }),
});

describe("drain()", () => {
  it("ends what goes on in the background, while a stale answer still goes out", async () => {
    await using world = await open({ routes: [CACHED] });
    await world.ask("/x");
    await world.bench.clock.advance(10_001);
    await world.bench.fill();
    expect((await world.ask("/x")).fields["cache-status"]).toContain("stale-while-revalidate");
    expect(world.bench.line.scheduler.load.waiting).toBe(1);
    world.gateway.drain();
    await world.settled();
    expect(world.bench.line.scheduler.load.waiting).toBe(0);
    await world.gateway.settled(new AbortController().signal);
  });
});

type World = Awaited<ReturnType<typeof open>>;

async function warm(world: World, target = "/api/x"): Promise<WarmResult> {
  const { signal } = new AbortController();
  const warming = world.gateway.warm({ target, consumer: "sync" }, signal);
  warming.catch(() => {});
  await world.settled();
  return warming;
}

describe("warm()", () => {
  it("stores what is not there yet, on account of whom it is for, and skips what is fresh", async () => {
    await using world = await open({ routes: [CACHED] });
    expect(await warm(world)).toBe("stored");
    const spender = { upstream: "api", consumer: "sync", route: CACHED.name };
    expect(world.costs).toEqual([{ ...spender, forwards: 1, units: 1, throttled: 0 }]);
    expect(await warm(world)).toBe("skipped");
    expect(world.bench.client.seen).toHaveLength(1);
    expect((await world.ask("/x")).fields["cache-status"]).toContain("hit");
    // An errand of the operator's is no exchange.
    expect(world.records).toHaveLength(1);
  });

  it("skips what its route does not allow to be stored, and asks for nothing", async () => {
    await using world = await open({ routes: [CACHED] });
    expect(await warm(world, "/api/other")).toBe("skipped");
    expect(world.bench.client.seen).toHaveLength(0);
  });

  it("says so where nothing could be stored", async () => {
    await using world = await open({ routes: [CACHED] });
    world.bench.client.script.push({ status: 200, fields: ["Cache-Control", "no-store"] });
    expect(await warm(world)).toBe("failed");
  });

  it("counts what was sent also where it fails", async () => {
    await using world = await open({ routes: [CACHED], maxRetries: 0 });
    world.bench.client.script.push({ fault: "broken" });
    await expect(warm(world)).rejects.toMatchObject({ type: "upstream-broke-off" });
    expect(world.costs).toMatchObject([{ consumer: "sync", forwards: 1, units: 1, throttled: 0 }]);
  });

  it("is refused while the gateway drains", async () => {
    await using world = await open({ routes: [CACHED] });
    world.gateway.drain();
    await expect(warm(world)).rejects.toMatchObject({ type: "draining" });
  });
});
