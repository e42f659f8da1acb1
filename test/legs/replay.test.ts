import { describe, expect, it } from "vitest";
import { Replays } from "../../src/legs/replay.ts";
import { newNotes } from "../../src/observe/access-record.ts";
import { Invalidation } from "../../src/store/invalidate.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { storedResponse } from "../support/stored-response.ts";
import { Workbench } from "../support/workbench.ts";
import type { ClientExchange, ClientRequest } from "../../src/exchange.ts";
import type { Hit } from "../../src/lookup/find.ts";
import type { CacheReading } from "../../src/ports/cache-store.ts";

const READING: CacheReading = { variants: [], generations: [] };
const BODY = Buffer.from("stored");
const ANSWER = { status: 200, reason: "OK", fields: ["Age", "3", "X", "y"], body: BODY };

class HoldingStore extends MemoryCacheStore {
  current: CacheReading | undefined = READING;

  override isCurrent(reading?: CacheReading): boolean {
    return reading === this.current;
  }
}

function request(changes: Partial<ClientRequest> = {}): ClientRequest {
  const plain = { method: "GET", target: "/api/x", fields: ["Host", "h"], address: "::1" };
  return { ...plain, hasBody: false, ...changes } as ClientRequest;
}

function world(changes: { hit?: Partial<Hit>; first?: Partial<ClientRequest> } = {}) {
  const clock = new FakeClock();
  const store = new HoldingStore();
  const invalidation = new Invalidation(store);
  const people = { changes: 0 };
  const replays = new Replays({ clock, store, invalidation, changes: () => people.changes });
  const hit: Hit = {
    kind: "hit",
    stored: storedResponse(),
    ageMs: 3000,
    ttlMs: 60_000,
    away: false,
    judgedAt: clock.now(),
    reading: READING,
    ...changes.hit,
  };
  const { asked, line } = new Workbench().exchange({});
  const exchange = { asked, line, request: request(changes.first), served: hit };
  replays.keep(exchange as unknown as ClientExchange, ANSWER);
  const recall = (more: Partial<ClientRequest> = {}) => {
    const notes = newNotes("id", "GET");
    return { answer: replays.recall(request(more), notes), notes };
  };
  return { clock, store, invalidation, people, recall, forget: () => replays.forget() };
}

describe("recall()", () => {
  it("answers the same request again, as old as it is by then, and notes who asked for what", async () => {
    const { clock, recall } = world();
    await clock.advance(900);
    await clock.advance(99);
    const { answer, notes } = recall();
    const fields = ["X", "y", "Content-Length", "6"];
    expect(answer).toEqual({ answer: { ...ANSWER, fields }, age: "3" });
    expect(notes.cache).toEqual({ kind: "hit", ttlMs: 59_001, detail: "override" });
    expect(notes).toMatchObject({ upstream: "api", route: expect.any(String), weight: 1 });
  });

  it.each([
    ["another target", { target: "/api/y" }],
    ["another method", { method: "HEAD" }],
    ["another field", { fields: ["Host", "h", "Accept", "text/html"] }],
    ["another client", { address: "::2" }],
    ["a body", { fields: ["Host", "h", "Content-Length", "1"] }],
  ])("knows nothing of a request with %s", (_what, more) => {
    expect(world().recall(more).answer).toBeUndefined();
  });

  it("takes requests for the same that differ in their ids alone", () => {
    const fields = ["X-Request-Id", "17", "Host", "h", "Traceparent", "00-1-2-01"];
    expect(world().recall({ fields }).answer).toBeDefined();
  });

  it("answers nothing that the store does not hold for current any more", () => {
    const { store, recall } = world();
    store.current = undefined;
    expect(recall().answer).toBeUndefined();
  });

  it("answers nothing once who is let in has changed", () => {
    const { people, recall } = world();
    people.changes += 1;
    expect(recall().answer).toBeUndefined();
  });

  it("answers nothing while the store has not heard of some write", async () => {
    const { store, invalidation, recall } = world();
    store.failing = true;
    await invalidation.invalidate(["api path /x"]);
    expect(recall().answer).toBeUndefined();
  });

  it("answers nothing past its freshness, nor a second later, nor when the clock went back", async () => {
    const stale = world({ hit: { ttlMs: 100 } });
    await stale.clock.advance(99);
    expect(stale.recall().answer).toBeDefined();
    await stale.clock.advance(1);
    expect(stale.recall().answer).toBeUndefined();
    const old = world();
    await old.clock.advance(1000);
    expect(old.recall().answer).toBeUndefined();
    const ahead = world({ hit: { judgedAt: new FakeClock().now() + 1 } });
    expect(ahead.recall().answer).toBeUndefined();
  });
});

describe("keep()", () => {
  it.each([
    ["stale", { hit: { ttlMs: 0 } }],
    ["held while the store is away", { hit: { away: true } }],
    ["asked for with a wish for freshness", { first: { fields: ["Cache-Control", "max-age=1"] } }],
    ["asked for with a body", { first: { hasBody: true } }],
    ["asked for with Pragma", { first: { fields: ["pragma", "no-cache"] } }],
    ["asked for with a head of more than 4000", { first: { target: `/${"x".repeat(4000)}` } }],
  ])("remembers nothing that was %s", (_what, changes: Parameters<typeof world>[0]) => {
    expect(world(changes).recall(changes?.first ?? {}).answer).toBeUndefined();
  });
});

describe("forget()", () => {
  it("leaves nothing to be answered again", () => {
    const { recall, forget } = world();
    expect(recall().answer).toBeDefined();
    forget();
    expect(recall().answer).toBeUndefined();
  });
});
