import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/observe/recorder.ts";
import {
  accessRecord,
  newNotes,
  recordOfHit,
  type AccessRecord,
  type HitKind,
  type HitRecord,
} from "../../src/observe/access-record.ts";
import type { BackgroundCost } from "../../src/observe/counts.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryAccounts } from "../support/memory-accounts.ts";

const ENDING = { status: 502, totalMs: 1, bodyBytes: 0, end: "complete" } as const;

const KIND: HitKind = {
  method: "GET",
  path: "/x",
  upstream: "api",
  consumer: "sync",
  weight: 2,
  route: "r",
  policies: [],
  status: 200,
  bodyBytes: 1,
};

function open() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void =>
    void lines.push(JSON.parse(line) as Record<string, unknown>);
  const clock = new FakeClock();
  const store = new MemoryAccounts(() => clock.now());
  const counted: string[] = [];
  const metrics = {
    add: ({ status }: AccessRecord) => void counted.push(`exchange ${status}`),
    addHits: ({ status }: HitKind, hits: readonly HitRecord[]) =>
      void counted.push(`${hits.length} hits ${status}`),
    addBackground: ({ units }: BackgroundCost) => void counted.push(`background ${units}`),
  };
  return {
    lines,
    clock,
    store,
    counted,
    recorder: new Recorder({ log: pino({ base: null }, { write }), store, clock, metrics }),
  };
}

describe("Recorder", () => {
  it("takes an exchange to the counts, to the metrics, to the accounts and to the log", async () => {
    const { recorder, clock, store, lines, counted } = open();
    const notes = { ...newNotes("r", "GET"), upstream: "api", consumer: "sync", route: "r" };
    recorder.add(accessRecord(notes, ENDING), new Error("why"));
    expect(recorder.counts.total.asked).toBe(1);
    expect(counted).toEqual(["exchange 502"]);
    expect(recorder.recent.find("r")).toMatchObject([{ consumer: "sync", endedAt: clock.now() }]);
    expect(lines).toMatchObject([{ msg: "exchange", err: { message: "why" } }]);
    await clock.advance(1000);
    expect(store.batches).toMatchObject([{ upstream: "api", cells: [{ counts: { a: 1 } }] }]);
  });

  it("takes hits to all of them as it takes their whole records", async () => {
    const kinds = ["GET /a", "GET /b"].map((name) => ({ ...KIND, route: name }));
    const hits = [0, 1, 0].map((kind, index) => {
      const when = { ttlMs: 1000 + index, ageMs: 2 * index, totalMs: index };
      return { kind: kinds[kind] ?? KIND, requestId: `r${index}`, isGivenId: true, ...when };
    });
    const [one, other] = [open(), open()];
    one.recorder.addHits(hits);
    for (const hit of hits) other.recorder.add(recordOfHit(hit));
    const told = async ({ recorder, clock, store, lines }: ReturnType<typeof open>) => {
      await clock.advance(1000);
      const cells = store.batches.flatMap((batch) => batch.cells);
      const { total, consumers } = recorder.counts;
      const recent = hits.map(({ requestId }) => recorder.recent.find(requestId));
      return { cells, total, consumers, recent, exchanges: lines.map(({ exchange }) => exchange) };
    };
    expect(await told(one)).toEqual(await told(other));
    expect(one.counted).toEqual(["2 hits 200", "1 hits 200"]);
    expect(one.recorder.counts.total).toMatchObject({ asked: 3, fromStore: 3 });
  });

  it("takes what the background sent to the counts, to the metrics and to the accounts", async () => {
    const { recorder, clock, store, lines, counted } = open();
    const spender = { upstream: "api", consumer: "sync", route: "r" };
    recorder.addBackground({ ...spender, forwards: 1, units: 5, throttled: 0 });
    expect(recorder.counts.consumers["sync"]?.forwarded).toBe(1);
    expect(counted).toEqual(["background 5"]);
    await clock.advance(1000);
    expect(store.batches[0]?.cells).toMatchObject([
      { consumer: "sync", route: "r", counts: { f: 1, u: 5 } },
    ]);
    expect(lines).toEqual([]);
  });

  it("logs what befalls the accounts", async () => {
    const { recorder, clock, store, lines } = open();
    store.failing = "before";
    recorder.addBackground({
      upstream: "api",
      consumer: "a",
      route: "r",
      forwards: 1,
      units: 1,
      throttled: 0,
    });
    await clock.advance(3000);
    store.failing = "no";
    await clock.advance(1000);
    expect(lines).toMatchObject([
      { level: 40, msg: expect.stringContaining("cannot be kept"), err: { type: "StoreFault" } },
      { level: 40, msg: "The accounts are kept again" },
    ]);
  });
});
