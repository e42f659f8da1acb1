import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/observe/recorder.ts";
import { accessRecord, newNotes, type AccessRecord } from "../../src/observe/access-record.ts";
import type { BackgroundCost } from "../../src/observe/counts.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryAccounts } from "../support/memory-accounts.ts";

const ENDING = { status: 502, totalMs: 1, bodyBytes: 0, end: "complete" } as const;

function open() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void =>
    void lines.push(JSON.parse(line) as Record<string, unknown>);
  const clock = new FakeClock();
  const store = new MemoryAccounts(() => clock.now());
  const counted: string[] = [];
  const metrics = {
    add: ({ status }: AccessRecord) => void counted.push(`exchange ${status}`),
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
