import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { Replays } from "../src/legs/replay.ts";
import { Repeats, repetitionOf, type Repetition } from "../src/repeats.ts";
import { Invalidation } from "../src/store/invalidate.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { MemoryCacheStore } from "./support/memory-cache-store.ts";
import { storedResponse } from "./support/stored-response.ts";
import { Workbench } from "./support/workbench.ts";
import type { ClientExchange, ClientRequest } from "../src/exchange.ts";
import type { AccessRecord, HitRecord } from "../src/observe/access-record.ts";
import type { CacheReading } from "../src/ports/cache-store.ts";
import type { TracedRecord } from "../src/ports/tracing.ts";

const READING: CacheReading = { variants: [], generations: [] };
const KEEP_ALIVE_MS = 5000;
const DATED = ["Age", "3", "Date", "then"];

class HoldingStore extends MemoryCacheStore {
  current = true;
  glances = 0;

  override glance() {
    this.glances += 1;
    return () => this.current;
  }
}

function heading(changes: Partial<ClientRequest> = {}) {
  return { method: "GET", target: "/api/x", fields: ["Host", "h"], address: "::1", ...changes };
}

function repetition(changes: Partial<ClientRequest> = {}): Repetition {
  const found = repetitionOf(heading(changes));
  if (!found) throw new Error("Too long.");
  return found;
}

function open() {
  const clock = new FakeClock();
  const store = new HoldingStore();
  const told: (readonly HitRecord[])[] = [];
  const records: AccessRecord[] = [];
  const spans: TracedRecord[] = [];
  const state = { draining: false };
  const invalidation = new Invalidation(store);
  const replays = new Replays({ clock, store, invalidation, changes: () => 0 });
  const repeats = new Repeats({
    clock,
    replays,
    remarksOn: ({ requestId, cache }) => ({ requestId, cache }),
    tracing: {
      begin: () => ({
        step: () => undefined as never,
        refresh: () => undefined as never,
        end: (one) => void spans.push(one),
      }),
    },
    isDraining: () => state.draining,
    onHits: (hits) => void told.push(hits),
    onRecord: (record) => void records.push(record),
  });
  const { asked, line } = new Workbench().exchange({});
  const keep = (target = "/api/x", body = Buffer.from("stored")): void => {
    const served = {
      kind: "hit",
      stored: storedResponse(),
      ageMs: 3000,
      ttlMs: 60_000,
      away: false,
      judgedAt: clock.now(),
      reading: READING,
    };
    const exchange = { asked, line, served, request: { ...heading({ target }), hasBody: false } };
    const answer = { status: 200, reason: "OK", fields: DATED, body };
    replays.keep(exchange as unknown as ClientExchange, answer);
  };
  keep();
  return { clock, store, told, records, spans, state, repeats, keep };
}

/** A client at the other end of a connection, and what was done about it. */
function client(isThere = true) {
  const done: string[] = [];
  const write = (text: string): boolean => {
    done.push(text);
    return isThere;
  };
  return { done, write, read: () => void done.push("read") };
}

describe("repetitionOf()", () => {
  it("tells a request by its head, and what id its client chose", () => {
    const one = repetition({ fields: ["X-Request-Id", "mine", "Host", "h"] });
    expect(one).toMatchObject({ head: repetition().head, givenId: "mine" });
    expect(repetition().givenId).toBeUndefined();
    expect(repetitionOf(heading({ target: `/${"x".repeat(4000)}` }))).toBeUndefined();
  });
});

describe("queue()", () => {
  it("answers all of one turn at its end by one look at the store, and tells of them together", async () => {
    const { repeats, clock, store, told, spans } = open();
    await clock.advance(2000);
    const clients = [client(), client(), client()];
    for (const one of clients) expect(repeats.queue(repetition(), one, KEEP_ALIVE_MS)).toBe(true);
    expect([store.glances, ...clients.flatMap(({ done }) => done)]).toEqual([0]);
    await settle();
    expect(store.glances).toBe(1);
    const ids = told[0]?.map(({ requestId }) => requestId) ?? [];
    expect(new Set(ids).size).toBe(3);
    expect(clients.map(({ done }) => done)).toEqual(
      ids.map((id) => [
        "HTTP/1.1 200 OK\r\nDate: then\r\nContent-Length: 6\r\n" +
          `Cache-Status: sluice;hit;ttl=58;detail=override\r\nVia: 1.1 sluice\r\nX-Request-Id: ${id}\r\n` +
          "Age: 5\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nstored",
      ]),
    );
    expect(told).toMatchObject([[{ ageMs: 5000, ttlMs: 58_000, isGivenId: false }, {}, {}]]);
    expect(spans.map(({ requestId }) => requestId)).toEqual(ids);
  });

  it("gives one with an id of its own that id", async () => {
    const { repeats, told } = open();
    const [one, other] = [client(), client()];
    const own = repetition({ fields: ["Host", "h", "X-Request-Id", "mine"] });
    repeats.queue(own, one, KEEP_ALIVE_MS);
    repeats.queue(repetition(), other, KEEP_ALIVE_MS);
    await settle();
    expect(one.done[0]).toContain("X-Request-Id: mine\r\n");
    expect(other.done[0]).not.toContain("mine");
    expect(told).toMatchObject([[{ requestId: "mine", isGivenId: true }, { isGivenId: false }]]);
  });

  it("has read what is current no more when the turn ends (P7)", async () => {
    const { repeats, store, told } = open();
    const one = client();
    expect(repeats.queue(repetition(), one, KEEP_ALIVE_MS)).toBe(true);
    store.current = false;
    await settle();
    expect([one.done, told]).toEqual([["read"], []]);
  });

  it("asks the store once for all where memory cannot tell, and answers what it confirms", async () => {
    const { repeats, store, told } = open();
    store.current = false;
    const asking = Promise.withResolvers<boolean>();
    let asked = 0;
    store.confirm = () => {
      asked += 1;
      return asking.promise;
    };
    const clients = [client(), client()];
    for (const one of clients) repeats.queue(repetition(), one, KEEP_ALIVE_MS);
    await settle();
    expect([asked, repeats.pending, ...clients.flatMap(({ done }) => done)]).toEqual([1, 2]);
    asking.resolve(true);
    await settle();
    expect([repeats.pending, told[0]?.length]).toEqual([0, 2]);
    for (const { done } of clients) expect(done).toEqual([expect.stringMatching(/^HTTP.*200/)]);
  });

  it("knows what was answered from store", () => {
    const { repeats } = open();
    expect(repeats.knows(repetition())).toBe(true);
    expect(repeats.knows(repetition({ target: "/api/y" }))).toBe(false);
  });

  it("records of a client that has left meanwhile that it did", async () => {
    const { repeats, told, records } = open();
    repeats.queue(repetition(), client(false), KEEP_ALIVE_MS);
    await settle();
    expect(told).toEqual([]);
    expect(records).toMatchObject([
      { status: 499, end: "client-left", bodyBytes: 0, cache: "hit" },
    ]);
  });

  it("takes in nothing that is not known, nor what Node has to write, nor anything while it drains", () => {
    const { repeats, keep, state } = open();
    keep("/api/large", Buffer.alloc(16_385));
    for (const target of ["/api/large", "/api/other"]) {
      expect(repeats.queue(repetition({ target }), client(), KEEP_ALIVE_MS)).toBe(false);
    }
    state.draining = true;
    expect(repeats.queue(repetition(), client(), KEEP_ALIVE_MS)).toBe(false);
  });
});

describe("flush()", () => {
  it("answers whoever waits at once, and nobody twice", async () => {
    const { repeats, told } = open();
    const one = client();
    repeats.queue(repetition(), one, KEEP_ALIVE_MS);
    repeats.flush();
    expect(one.done).toHaveLength(1);
    await settle();
    expect([one.done.length, told.length]).toEqual([1, 1]);
  });
});

describe("answer()", () => {
  it("answers at once by what the store says now, and tells of it", () => {
    const { repeats, store, told, state } = open();
    const heads: unknown[] = [];
    const outgoing = {
      writeHead: (...head: unknown[]) => void heads.push(head),
      end: (body: unknown) => void heads.push(body),
    } as unknown as ServerResponse;
    expect(repeats.answer(repetition({ target: "/api/other" }), outgoing)).toBe(false);
    store.current = false;
    expect(repeats.answer(repetition(), outgoing)).toBe(false);
    store.current = true;
    state.draining = true;
    expect(repeats.answer(repetition(), outgoing)).toBe(false);
    state.draining = false;
    expect([heads, told]).toEqual([[], []]);
    expect(repeats.answer(repetition(), outgoing)).toBe(true);
    expect(heads).toEqual([
      [200, "OK", expect.arrayContaining(["Date", "then", "Age", "3"])],
      Buffer.from("stored"),
    ]);
    expect(told).toMatchObject([[{ isGivenId: false }]]);
  });
});
