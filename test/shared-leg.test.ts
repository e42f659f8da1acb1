import { describe, expect, it } from "vitest";
import { SharedLeg } from "../src/shared-leg.ts";
import { Invalidation } from "../src/store/invalidate.ts";
import { MemoryCacheStore } from "./support/memory-cache-store.ts";
import { Workbench } from "./support/workbench.ts";
import type { Exchange } from "../src/exchange.ts";
import type { Cacheability } from "../src/lookup/cacheability.ts";
import type { CachePolicy } from "../src/ports/settings.ts";
import { Readable } from "node:stream";

const POLICY: CachePolicy = {
  lifetimeMs: 10_000,
  override: false,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  mediaTypes: ["application/json"],
  errorEnvelope: [{ member: "error", is: true }],
};
const JSON_TYPE = ["Content-Type", "application/json"];

function open(policy: CachePolicy = POLICY) {
  const bench = new Workbench();
  const store = new MemoryCacheStore();
  const leg = new SharedLeg({ store, invalidation: new Invalidation(store), clock: bench.clock });
  const may: Cacheability = { kind: "cacheable", policy, collapse: true };
  return {
    bench,
    store,
    /** Uses the window up, so that whoever asks next stands in line. */
    async fill(units = 20) {
      for (let index = 0; index < units; index += 1) {
        const sent = bench.send(bench.errand("POST"));
        await bench.clock.advance(10);
        (await sent).body.resume();
      }
    },
    /** Asks once, with fields; `waitMs`: the answer takes so long. */
    async ask(fields: readonly string[] = [], waitMs = 10, meanwhile = async () => {}) {
      const { asked, notes, effect, since, body } = bench.errand("GET", { safe: true });
      const exchange: Exchange = {
        request: {
          method: "GET",
          target: "/x",
          fields,
          address: "",
          body: Readable.from([]),
          hasBody: false,
          declaredBytes: undefined,
          origin: "http://gateway.example",
          signal: new AbortController().signal,
          inform: () => {},
        },
        asked: { ...asked, fields },
        line: bench.line,
        body,
        notes,
        effect,
        since,
      };
      const answering = leg.answer(exchange, may);
      answering.catch(() => {});
      await bench.clock.advance(0);
      await meanwhile();
      await bench.clock.advance(waitMs);
      return { answer: await answering, cache: notes.cache };
    },
  };
}

describe("answer()", () => {
  it("stores what may be stored and answers from it until it is stale", async () => {
    const world = open();
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    expect((await world.ask()).cache).toMatchObject({ reason: "uri-miss", stored: true });
    expect((await world.ask()).cache).toMatchObject({ kind: "hit" });
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
    await world.fill();
    const invalidation = new Invalidation(world.store);
    const writes = async () => void (await invalidation.invalidate(["api path /x"]));
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    const late = await world.ask([], 7000, writes);
    expect(late.cache).toMatchObject({ reason: "uri-miss", stored: true });
    expect((await world.ask()).cache).toMatchObject({ kind: "hit" });
  });

  it("answers from what another instance stored while it stood in line, and gives its unit back", async () => {
    const world = open();
    world.bench.client.script.push({ status: 200, fields: JSON_TYPE, body: '{"a":1}' });
    await world.ask();
    const { variants } = await world.store.read(world.store.lastKey, []);
    await world.store.remove(world.store.lastKey);
    await world.fill(19);
    const seen = world.bench.client.seen.length;
    const stores = async () => {
      for (const one of variants) await world.store.write(world.store.lastKey, one, 1000);
    };
    const late = await world.ask([], 7000, stores);
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
