import { once } from "node:events";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { createProxyServer } from "../src/app.ts";
import { Gateway } from "../src/gateway.ts";
import { Invalidation } from "../src/store/invalidate.ts";
import { MemoryCacheStore } from "./support/memory-cache-store.ts";
import { settings } from "./support/settings.ts";
import { Workbench } from "./support/workbench.ts";
import type { AddressInfo } from "node:net";
import type { AccessRecord } from "../src/observe/access-record.ts";
import type { Upstream } from "../src/ports/settings.ts";

/** A gateway on real sockets, with a scripted upstream and a clock that moves while somebody waits. */
async function open(changes: Partial<Upstream> = {}) {
  const bench = new Workbench(changes);
  const store = new MemoryCacheStore();
  const records: AccessRecord[] = [];
  const causes: unknown[] = [];
  const whole = settings({ upstreams: [bench.upstream] });
  const gateway = new Gateway({
    settings: whole,
    clock: bench.clock,
    store,
    invalidation: new Invalidation(store),
    lines: new Map([[bench.upstream.name, bench.line]]),
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
    await using world = await open({ unlistedGets: "origin" });
    world.store.read = () => Promise.reject(new Error("a secret of the house"));
    const answer = await world.ask("/x");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("secret of the house");
    expect(world.records[0]?.note).toContain("a secret of the house");
    expect(world.causes[0]).toBeInstanceOf(Error);
  });

  it("refuses what comes while it drains", async () => {
    await using world = await open();
    world.gateway.draining = true;
    const answer = await world.ask("/x");
    expect([answer.status, answer.fields["retry-after"]]).toEqual([503, "1"]);
    expect(world.bench.client.seen).toHaveLength(0);
  });

  it("invalidates before a write is answered, also where its outcome is not known", async () => {
    await using world = await open();
    const generation = async () => (await world.store.read("k", ["api path /x"])).generations[0];
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
      expect(generations.map((generation) => generation === "")).toEqual([false, true]);
    },
  );

  it("leaves what is stored alone where a write was never sent", async () => {
    await using world = await open({ maxRetries: 0 });
    world.bench.client.script.push({ fault: "unreachable" });
    expect((await world.ask("/x", { method: "PUT", body: "a" })).status).toBe(502);
    expect((await world.store.read("k", ["api path /x"])).generations).toEqual([""]);
  });
});
