import { describe, expect, it } from "vitest";
import { headOf, Replays } from "../../src/legs/replay.ts";
import { Invalidation } from "../../src/store/invalidate.ts";
import { StoreFault } from "../../src/ports/faults.ts";
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
  glances = 0;

  override glance() {
    this.glances += 1;
    return (reading: CacheReading) => reading === this.current;
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
  const keep = (target: string, body: Uint8Array): void => {
    const other = { ...exchange, request: request({ target }) };
    replays.keep(other as unknown as ClientExchange, { ...ANSWER, body });
  };
  const recall = (more: Partial<ClientRequest> = {}) => {
    const again = replays.recall(headOf(request(more)) ?? "", replays.moment());
    return again && { ...again, answer: again.replay.answer, kind: again.replay.kind };
  };
  return { clock, store, invalidation, people, replays, recall, keep };
}

describe("recall()", () => {
  it("answers the same request again, as old as it is by then, and notes who asked for what", async () => {
    const { clock, recall } = world();
    await clock.advance(999);
    const again = recall();
    const fields = ["X", "y", "Content-Length", "6"];
    expect(again?.answer).toEqual({ ...ANSWER, fields, dated: false });
    expect(again).toMatchObject({ ageMs: 3999, ttlMs: 59_001, replay: { aged: true } });
    expect(again?.kind).toMatchObject({ upstream: "api", route: expect.any(String), weight: 1 });
    expect(again?.kind).toMatchObject({
      method: "GET",
      status: 200,
      bodyBytes: 6,
      detail: "override",
    });
  });

  it.each([
    ["another target", { target: "/api/y" }],
    ["another method", { method: "HEAD" }],
    ["another field", { fields: ["Host", "h", "Accept", "text/html"] }],
    ["another client", { address: "::2" }],
    ["a body", { fields: ["Host", "h", "Content-Length", "1"] }],
  ])("knows nothing of a request with %s", (_what, more) => {
    expect(world().recall(more)).toBeUndefined();
  });

  it("takes requests for the same that differ in their ids alone", () => {
    const fields = ["X-Request-Id", "17", "Host", "h", "Traceparent", "00-1-2-01"];
    expect(world().recall({ fields })).toBeDefined();
  });

  it("answers nothing that the store does not hold for current any more", () => {
    const { store, recall } = world();
    store.current = undefined;
    expect(recall()).toBeUndefined();
  });

  it("holds no more bodies than its bound, and lets the oldest go", () => {
    const { keep, recall } = world();
    for (const target of ["/api/a", "/api/b", "/api/c"]) keep(target, new Uint8Array(7_000_000));
    expect(recall({ target: "/api/a" })).toBeUndefined();
    expect(recall({ target: "/api/b" })).toBeDefined();
    expect(recall({ target: "/api/c" })).toBeDefined();
    keep("/api/d", new Uint8Array(20_000_000));
    expect(recall({ target: "/api/d" })).toBeUndefined();
  });

  it("answers nothing once who is let in has changed", () => {
    const { people, recall } = world();
    people.changes += 1;
    expect(recall()).toBeUndefined();
  });

  it("answers nothing while the store has not heard of some write", async () => {
    const { store, invalidation, recall } = world();
    store.failing = true;
    await invalidation.invalidate(["api path /x"]);
    expect(recall()).toBeUndefined();
  });

  it("answers nothing past its freshness, nor a minute later, nor when the clock went back", async () => {
    const stale = world({ hit: { ttlMs: 100 } });
    await stale.clock.advance(99);
    expect(stale.recall()).toBeDefined();
    await stale.clock.advance(1);
    expect(stale.recall()).toBeUndefined();
    const old = world({ hit: { ttlMs: 600_000 } });
    await old.clock.advance(60_000);
    expect(old.recall()).toBeUndefined();
    const ahead = world({ hit: { judgedAt: new FakeClock().now() + 1 } });
    expect(ahead.recall()).toBeUndefined();
  });
});

describe("moment()", () => {
  it("looks at the store once, however many are recalled by it", () => {
    const { store, replays } = world();
    const head = headOf(request()) ?? "";
    const moment = replays.moment();
    expect([replays.recall(head, moment), replays.recall(head, moment)]).toEqual([
      replays.recall(head, moment),
      expect.anything(),
    ]);
    expect(store.glances).toBe(1);
  });
});

describe("confirm()", () => {
  it("brings what the store confirms, each asked once, and nothing where it is out of reach", async () => {
    const { store, replays, keep } = world();
    const asked: CacheReading[] = [];
    store.confirm = async (reading) => {
      asked.push(reading);
      return reading === store.current;
    };
    keep("/api/y", BODY);
    const heads = ["/api/x", "/api/y", "/api/none"].map((target) => headOf(request({ target })));
    const known = heads.map((head) => head ?? "");
    const confirmed = await replays.confirm(known);
    expect([...confirmed]).toEqual([READING]);
    expect(asked).toEqual([READING]);
    const moment = replays.moment(confirmed);
    expect(store.glances).toBe(0);
    expect(known.map((head) => replays.recall(head, moment) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    store.confirm = async () => {
      throw new StoreFault("away");
    };
    expect((await replays.confirm(known)).size).toBe(0);
  });

  it("answers nothing while the store has not heard of some write, whatever it confirms", async () => {
    const { store, invalidation, replays } = world();
    store.failing = true;
    await invalidation.invalidate(["api path /x"]);
    const moment = replays.moment(new Set([READING]));
    expect(replays.recall(headOf(request()) ?? "", moment)).toBeUndefined();
  });
});

describe("keep()", () => {
  it.each([
    ["stale", { hit: { ttlMs: 0 } }],
    ["held while the store is away", { hit: { away: true } }],
    ["asked for with a wish for freshness", { first: { fields: ["Cache-Control", "max-age=1"] } }],
    ["asked for with a body", { first: { hasBody: true } }],
    [
      "told apart by its id",
      { hit: { stored: storedResponse({ selecting: { "x-request-id": "1" } }) } },
    ],
    ["asked for with Pragma", { first: { fields: ["pragma", "no-cache"] } }],
    ["asked for with a head of more than 4000", { first: { target: `/${"x".repeat(4000)}` } }],
  ])("remembers nothing that was %s", (_what, changes: Parameters<typeof world>[0]) => {
    expect(world(changes).recall(changes?.first ?? {})).toBeUndefined();
  });
});

describe("forget()", () => {
  it("leaves nothing to be answered again", () => {
    const { recall, replays } = world();
    expect(recall()).toBeDefined();
    replays.forget();
    expect(recall()).toBeUndefined();
  });
});
